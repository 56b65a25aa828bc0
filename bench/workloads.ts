/** Workloads are the loads of the table: each runs a server and a crowd, and writes what it saw into the ledger. */
import type { Load, LoadResult } from './crowd.ts'
import type { PeerName } from './dialect.ts'
import type { Lab, Shape } from './lab.ts'
import { HELD, type Ledger, type Subject, type Values, type Workload } from './ledger.ts'
import type { Plan } from './plan.ts'
import { readMemoryKiB } from './process-tree.ts'

export class Workloads {
  readonly #lab: Lab
  readonly #ledger: Ledger
  readonly #plan: Plan
  readonly #say: (line: string) => void
  /** From 0; in each, another peer is the first. */
  round = 0

  constructor({ lab, ledger, plan, say }: WorkloadsOptions) {
    this.#lab = lab
    this.#ledger = ledger
    this.#plan = plan
    this.#say = say
  }

  /** Every peer in turn at one rate. */
  async fixed(
    workload: Workload,
    peers: readonly PeerName[],
    shape: Shape,
    rate: number,
    isLone = false,
  ): Promise<void> {
    const { warmMs, measureMs } = this.#plan
    for (const peer of this.#inTurn(peers)) {
      await this.#attempt(workload, peer, async () => {
        await this.#lab.with(peer, async ({ server, join, run }) => {
          await join(shape)
          if (peer === 'parlor') await readLoopDelay(server.port)
          const result = await run({ rate, warmMs, measureMs, isLone })
          const loopP99 = peer === 'parlor' ? await readLoopDelay(server.port) : undefined
          const held = heldOf(result, rate, shape.members)
          const values = { ...valuesOf(result), held, ...(loopP99 !== undefined && { loopP99 }) }
          this.#add(workload, peer, values, flawsOf(result, rate, shape.members))
        })
      })
    }
  }

  /** The most deliveries per second with a p99 below the limit: up from the middle of the rates, or down. */
  async maximum(workload: 'W3' | 'W2-max', shape: Shape, limitMs: number): Promise<void> {
    for (const peer of this.#plan.peers.maximum) {
      const rates = (workload === 'W3' ? this.#plan.w3Rates : this.#plan.w2Rates)[peer]
      await this.#attempt(workload, peer, async () => {
        let best: Probe | undefined
        let worst: Probe | undefined
        for (let at = Math.floor(rates.length / 2); at >= 0 && at < rates.length; ) {
          const probe = await this.#probe(peer, shape, rates[at] ?? 0, limitMs)
          this.#say(`  ${workload} ${peer} at ${rates[at]} msg/s: ${probe.why ?? 'passed'}`)
          if (probe.why) worst = probe
          else best = probe
          if (best && worst) break
          at += probe.why ? -1 : 1
        }
        const flaws = [
          ...(worst?.why ? [`the next rate failed: ${worst.why}`] : ['the highest rate passed']),
          ...(best?.flaws ?? []),
        ]
        this.#add(workload, peer, best?.values ?? {}, best ? flaws : ['no rate passed', ...flaws])
      })
    }
  }

  /** What 10,000 idle connections add to the server's memory, and what it has without any. */
  async memory(): Promise<void> {
    for (const peer of this.#plan.peers.memory) {
      await this.#attempt('W4', peer, () =>
        this.#lab.with(peer, async ({ server, join }) => {
          await wait(IDLE_MS)
          const before = readMemoryKiB(server.pid)
          const { connections } = await join({ rooms: 1_000, members: 10, sendersPerRoom: 1 })
          await wait(this.#plan.settleMs)
          const kibPerConnection = (readMemoryKiB(server.pid) - before) / connections
          this.#add('W4', peer, { kibPerConnection })
          this.#add('idle', peer, { idleMiB: before / 1024, coldStartMs: server.coldStartMs })
        }),
      )
    }
  }

  /** Connections per second of server CPU, from the TCP connection until each is in its room. */
  async storm(): Promise<void> {
    for (const peer of this.#inTurn(this.#plan.peers.storm)) {
      await this.#attempt('W5', peer, () =>
        this.#lab.with(peer, async ({ join }) => {
          const shape = { rooms: 100, members: this.#plan.storm, sendersPerRoom: 1, isVisited: true }
          const { connections, cpuMs } = await join(shape)
          this.#add('W5', peer, { connectsPerCpuSecond: connections / (cpuMs / 1000) })
        }),
      )
    }
  }

  /** A lone message ten times a second, and the disk's sync at the same cadence. */
  async quiet(): Promise<void> {
    await this.#attempt('quiet', 'fdatasync', async () => {
      const { p50, p99 } = await this.#lab.measureSync({ rate: QUIET_RATE, measureMs: this.#plan.measureMs })
      this.#add('quiet', 'fdatasync', { p50, p99 })
    })
    await this.fixed('quiet', ['parlor'], { rooms: 1, members: 10, sendersPerRoom: 1 }, QUIET_RATE, true)
  }

  /** Rooms beside which one room is flooded, and the same rooms alone. */
  async fair(shape: Shape): Promise<void> {
    for (const subject of this.#inTurn(['no flood', 'parlor'] as const)) {
      await this.#attempt('fair', subject, () =>
        this.#lab.with('parlor', async ({ join, run, startCrowd }) => {
          await join(shape)
          const flood = startCrowd()
          await flood.join(FLOOD)
          const { warmMs, measureMs } = this.#plan
          const load = { rate: FAIR_RATE, warmMs, measureMs }
          // As long as the measured load at least, and sent as the measured load is.
          const flooding = subject === 'parlor' ? flood.run(load) : undefined
          const result = await run(load)
          // Not its CPU, which serves the flood too.
          const { usPerDelivery: _, userUs: __, systemUs: ___, ...values } = valuesOf(result)
          const runs = [{ result, members: shape.members, name: '' }]
          // A flood that was refused or lost would leave the others alone, and they would seem to bear it.
          const flooded = await flooding
          if (flooded) runs.push({ result: flooded, members: FLOOD.members, name: 'the flood: ' })
          const held = Math.min(...runs.map((run) => heldOf(run.result, FAIR_RATE, run.members)))
          const wrong = runs.reduce((sum, run) => sum + countWrong(run.result), 0)
          const flaws = runs.flatMap((run) =>
            flawsOf(run.result, FAIR_RATE, run.members).map((flaw) => `${run.name}${flaw}`),
          )
          this.#add('fair', subject, { ...values, held, wrong }, flaws)
        }),
      )
    }
  }

  async #probe(peer: PeerName, shape: Shape, rate: number, limitMs: number): Promise<Probe> {
    const { warmMs, measureMs, attempts } = this.#plan.probe
    let probe: Probe = { why: 'not tried', values: {}, flaws: [] }
    for (let attempt = 0; attempt < attempts && probe.why; attempt++) {
      const result = await this.#run(peer, shape, { rate, warmMs, measureMs }).catch((error: Error) => error)
      if (result instanceof Error) probe = { why: result.message, values: {}, flaws: [] }
      else {
        const values = valuesOf(result)
        probe = { why: findFailure(result, values, rate * shape.members, limitMs), values, flaws: limitOf(result) }
      }
    }
    return probe
  }

  #run(peer: PeerName, shape: Shape, load: Load): Promise<LoadResult> {
    return this.#lab.with(peer, async ({ join, run }) => {
      await join(shape)
      return run(load)
    })
  }

  /** A run that fails leaves its reason, and the others go on. */
  async #attempt(workload: Workload, peer: Subject, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#add(workload, peer, { wrong: 1 }, [`failed: ${(error as Error).message}`])
    }
  }

  #inTurn<T>(all: readonly T[]): T[] {
    const first = this.round % all.length
    return [...all.slice(first), ...all.slice(0, first)]
  }

  #add(workload: Workload, peer: Subject, values: Values, flaws: readonly string[] = []): void {
    this.#ledger.add(workload, peer, values, flaws)
    const shown = Object.entries(values).map(([name, value]) => `${name} ${Math.round(value * 100) / 100}`)
    this.#say(`  ${workload} ${peer}: ${[...shown, ...flaws].join(', ')}`)
  }
}

function valuesOf(result: LoadResult): Values {
  const { deliveries, userMs, systemMs, seconds, p50, p99, generatorShare } = result
  const perDelivery = 1000 / Math.max(1, deliveries)
  return {
    usPerDelivery: (userMs + systemMs) * perDelivery,
    userUs: userMs * perDelivery,
    systemUs: systemMs * perDelivery,
    p50,
    p99,
    deliveriesPerSecond: deliveries / seconds,
    ...(result.acks > 0 && { acksPerSecond: result.acks / seconds, ackP50: result.ackP50, ackP99: result.ackP99 }),
    wrong: countWrong(result),
    generatorShare,
  }
}

function countWrong({ missing, unanswered, skipped, repeated, problemCount }: LoadResult): number {
  return missing + unanswered + skipped + repeated + problemCount
}

/** Which share of the load went through inside the window: what is sent late or handed on late is cheaper. */
function heldOf(result: LoadResult, rate: number, members: number): number {
  return Math.min(sentShare(result, rate), deliveredShare(result, members))
}

function sentShare({ sentInWindow, seconds }: LoadResult, rate: number): number {
  return sentInWindow / (rate * seconds)
}

/** But for one message that may be under way at the end. */
function deliveredShare({ deliveries, sentInWindow }: LoadResult, members: number): number {
  return deliveries / ((sentInWindow - 1) * members)
}

function flawsOf(result: LoadResult, rate: number, members: number): string[] {
  const { missing, unanswered, skipped, repeated, problems } = result
  return [
    ...(missing > 0 ? [`${missing} deliveries missing`] : []),
    ...(unanswered > 0 ? [`${unanswered} messages never answered`] : []),
    ...(skipped > 0 ? [`${skipped} messages skipped`] : []),
    ...(repeated > 0 ? [`${repeated} messages repeated or late`] : []),
    ...problems,
    ...(sentShare(result, rate) < HELD ? ['the generator sent less than the rate'] : []),
    ...(deliveredShare(result, members) < HELD ? ['it fell behind'] : []),
    ...limitOf(result),
  ]
}

function limitOf({ generatorShare }: LoadResult): string[] {
  return generatorShare > GENERATOR_LIMIT
    ? [`the generator was the limit (${Math.round(generatorShare * 100)} % of a CPU)`]
    : []
}

function findFailure(result: LoadResult, values: Values, wantedPerSecond: number, limitMs: number): string | undefined {
  const share = (values.deliveriesPerSecond ?? 0) / wantedPerSecond
  const limit = limitOf(result).map((text) => `; ${text}`)
  if (values.wrong) return `${flawsOf(result, 0, 0).join(', ')}`
  if (share < HELD) return `${Math.round(share * 100)} % of the deliveries in time${limit}`
  if (!((values.p99 ?? Number.NaN) < limitMs)) return `p99 ${Math.round(values.p99 ?? Number.NaN)} ms${limit}`
  return undefined
}

/** The 99th percentile of the event loop's delay since this was asked before, in ms: how long anything blocked it. */
async function readLoopDelay(port: number): Promise<number | undefined> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const found = /parlor_event_loop_delay_seconds\{quantile="0.99"\} ([\d.e-]+)/.exec(metrics)
  return found ? Number(found[1]) * 1000 : undefined
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Of one CPU; above it, the generator's own queue is in the latencies. */
const GENERATOR_LIMIT = 0.85

const QUIET_RATE = 10

/** Messages a second, of the rooms and of the flood. */
const FAIR_RATE = 1_000

const FLOOD: Shape = { name: 'bench-flood', rooms: 1, members: 100, sendersPerRoom: 10 }

/** For what a server does once after its start. */
const IDLE_MS = 2_000

// --- types ---

export interface WorkloadsOptions {
  lab: Lab
  ledger: Ledger
  plan: Plan
  say: (line: string) => void
}

interface Probe {
  /** Why the rate failed; undefined if it passed. */
  why: string | undefined
  values: Values
  flaws: readonly string[]
}
