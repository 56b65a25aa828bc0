/** What networks do to connections: each is made by the fault proxy that stands between the clients and the service. */
import type { FaultProxy } from '../../../support/fault-proxy.ts'
import { type FaultKind, pass } from '../fault-kind.ts'

/** One kind for each. */
export const networks: readonly FaultKind<NetworkPlan>[] = [
  createNetwork('connections reset', {
    breaks: (proxy) => proxy.drop('reset'),
    tookEffect: ({ opened }) => opened > 0,
  }),
  createNetwork('network down', {
    breaks: (proxy, { how }) => proxy.cut(how),
    tookEffect: ({ opened, left }) => opened > 0 && left === 0,
  }),
  createNetwork('torn mid-frame', {
    breaks: (proxy, { direction, bytes, how }) => proxy.tear(direction, bytes, how),
    tookEffect: ({ torn }) => torn > 0,
  }),
  createNetwork('black hole', {
    breaks: (proxy) => proxy.blackhole(),
    tookEffect: ({ opened, left, passed }) => opened > 0 && left > 0 && passed === 0,
  }),
  createNetwork('half open, the service gone', {
    breaks: (proxy) => proxy.halfOpen('service'),
    tookEffect: ({ opened, passed }) => opened > 0 && passed === 0,
  }),
  createNetwork('half open, the clients gone', {
    breaks: (proxy) => proxy.halfOpen('client'),
    tookEffect: ({ opened, passed }) => opened > 0 && passed === 0,
  }),
  createNetwork('latency', {
    breaks: (proxy, { latencyMs }) => proxy.slow({ latencyMs }),
    tookEffect: ({ opened, passed }) => opened > 0 && passed > 0,
  }),
  createNetwork('1 byte/s', {
    breaks: (proxy) => proxy.slow({ bytesPerSecond: 1 }),
    // Each direction of a connection, for as long as it lasted, and one slice more.
    tookEffect: ({ opened, passed, lastedMs, connections }) =>
      opened > 0 && passed > 0 && passed <= 2 * connections * (lastedMs / 1000 + 2),
  }),
]

function createNetwork(name: string, { breaks, tookEffect }: Breaking): FaultKind<NetworkPlan> {
  return {
    name,
    suspends: 'G4, until the network is healthy',
    episodes: { quick: 1, full: 38 },

    plan: (random, size) => ({
      troubles: Array.from({ length: size === 'quick' ? 1 : 2 }, () => ({
        afterMs: random() * 300,
        lastsMs: size === 'quick' ? 500 + random() * 1_500 : 500 + random() * 4_500,
        how: random() < 0.5 ? ('reset' as const) : ('end' as const),
        direction: random() < 0.5 ? ('up' as const) : ('down' as const),
        bytes: Math.floor(random() * 600),
        latencyMs: 50 + Math.floor(random() * 450),
      })),
    }),

    async run({ unit: { proxy }, control }, { troubles }) {
      let effects = 0
      for (const trouble of troubles) {
        await control.acks(1)
        await pass(trouble.afterMs)
        const end = control.fault({ name })
        const before = measure(proxy)
        breaks(proxy, trouble)
        const startedAt = performance.now()
        await pass(trouble.lastsMs)
        const after = measure(proxy)
        const seen: Seen = {
          opened: before.open,
          left: after.open,
          passed: after.bytes - before.bytes,
          torn: after.torn - before.torn,
          connections: before.open + after.ever - before.ever,
          lastedMs: performance.now() - startedAt,
        }
        if (tookEffect(seen)) effects += 1
        proxy.pass()
        end()
      }
      return effects
    },
  }
}

function measure(proxy: FaultProxy): { ever: number; open: number; bytes: number; torn: number } {
  const { connections, open } = proxy
  return {
    ever: connections.length,
    open: open.length,
    bytes: connections.reduce((sum, { bytesUp, bytesDown }) => sum + bytesUp + bytesDown, 0),
    torn: connections.filter(({ isTorn }) => isTorn).length,
  }
}

// --- types ---

interface NetworkPlan {
  troubles: Trouble[]
}

interface Trouble {
  afterMs: number
  lastsMs: number
  how: 'reset' | 'end'
  direction: 'up' | 'down'
  bytes: number
  latencyMs: number
}

interface Breaking {
  breaks(proxy: FaultProxy, trouble: Trouble): void
  /** Whether the network was really as bad as its name says. */
  tookEffect(seen: Seen): boolean
}

interface Seen {
  /** Connections that were open when it began, and when it ended. */
  opened: number
  left: number
  /** Bytes that went through meanwhile. */
  passed: number
  /** Connections that ended in the middle of something. */
  torn: number
  /** Those that were there, and those that came meanwhile. */
  connections: number
  lastedMs: number
}
