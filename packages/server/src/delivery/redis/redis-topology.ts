/** Which Redis server has which slot, as one server of theirs tells it. */
import { ErrorReply } from '@redis/client'
import { SLOTS, slotOf } from './key-slot.ts'
import type { RedisAddress, RedisLine } from './redis-line.ts'

export interface RedisTopology {
  /** A server alone has every channel and key. */
  isCluster: boolean
  /** The servers that have slots: one, or the masters of the cluster. */
  owners: readonly RedisAddress[]
  /** Whose a channel or key is; undefined for a slot that nobody has now. */
  ownerOf(key: string): RedisAddress | undefined
}

/** Asks the server at the other end of the line. A server that isn't part of a cluster is one of its own. */
export async function readTopology(line: RedisLine): Promise<RedisTopology> {
  let ranges: SlotRange[]
  try {
    ranges = (await line.run(['CLUSTER', 'SLOTS'])) as SlotRange[]
  } catch (error) {
    // Not a cluster, or it may not be asked: then commands that should go elsewhere are refused by themselves.
    if (!(error instanceof ErrorReply)) throw error
    const { address } = line
    return { isCluster: false, owners: [address], ownerOf: () => address }
  }
  const bySlot = new Array<RedisAddress | undefined>(SLOTS).fill(undefined)
  const owners = new Set<RedisAddress>()
  for (const [from, to, [host, port]] of ranges) {
    const owner = addressAt(line.address, host, port)
    owners.add(owner)
    bySlot.fill(owner, from, to + 1)
  }
  return { isCluster: true, owners: [...owners], ownerOf: (key) => bySlot[slotOf(key)] }
}

/** The address without what is secret in it. */
export function nameOf(address: RedisAddress): string {
  const { hostname, port } = new URL(address)
  return `${hostname}:${port || DEFAULT_PORT}`
}

/** The same way to sign in, at another server. One that doesn't know its own name is where it was asked. */
function addressAt(asked: RedisAddress, host: string | null, port: number): RedisAddress {
  const url = new URL(asked)
  if (host && host !== '?') url.hostname = host.includes(':') ? `[${host}]` : host
  url.port = String(port)
  return url.href
}

const DEFAULT_PORT = 6_379

// --- types ---

/** From, to, the master, and its replicas, which we don't need. */
type SlotRange = [from: number, to: number, master: [host: string | null, port: number, ...unknown[]], ...unknown[]]
