/** A node dies with thousands of connections on it, and they all come to another one, where people chat (G12). */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { ask } from '../../../../bench/lab.ts'
import { openPeer } from '../../../conformance/peer.ts'
import { type FaultKind, pass, type Rig } from '../../campaign/fault-kind.ts'
import { SECRET } from '../../campaign/unit.ts'
import { Cluster } from '../cluster.ts'
import type { ClusterNode } from '../cluster-node.ts'
import type { CrowdOrder, CrowdState } from '../storm-crowd.ts'

export const storm: FaultKind<StormPlan, Cluster> = {
  name: 'reconnect storm',
  suspends: 'G4, until the node is back',
  episodes: { quick: 1, full: 20 },
  isAlone: true,

  /** With the gate that a service has unless it is told otherwise, which other faults go without. */
  startUnit: () =>
    Cluster.start({
      env: { PARLOR_ARRIVALS_PER_SECOND: '', PARLOR_MAX_UNAUTHENTICATED_PER_IP: '100000', PUBLIC_ROOMS: 'storm-*' },
    }),

  plan: (random, size) => ({
    ...(size === 'quick' ? { clients: 200, rooms: 10 } : { clients: 10_000, rooms: 50 }),
    afterMs: random() * 500,
  }),

  async run(rig, { clients, rooms, afterMs }) {
    const [lost, other] = rig.unit.nodes as [ClusterNode, ClusterNode]
    const roomIds = Array.from({ length: rooms }, (_, index) => `storm-${index}`)
    const crowd = fork(join(import.meta.dirname, '../storm-crowd.ts'), {
      execArgv: process.execArgv,
      serialization: 'advanced',
    })
    const order = (what: CrowdOrder) => ask<CrowdState, CrowdOrder>(crowd, what)
    const stayer = await Stayer.come(rig.unit, other)
    try {
      await stayer.sayIn(roomIds)
      await order({ gather: { port: lost.port, clients, rooms: roomIds, secret: SECRET } })
      await stayer.chat(async () => pass(CALM_MS))
      const calm = stayer.takeTimes()
      await order({ expect: { port: other.port } })
      await pass(afterMs)

      const readsBefore = await other.readMetric('parlor_room_reads')
      const endFault = rig.control.fault({ name: 'reconnect storm' })
      const startedAt = performance.now()
      await lost.kill()
      // Said while nobody of them is there: everybody has to be caught up.
      const missed = await stayer.sayIn(roomIds)
      const state = await stayer.chat(() => order({ settle: { head: missed } }))
      const seconds = (performance.now() - startedAt) / 1000
      const reads = (await other.readMetric('parlor_room_reads')) - readsBefore
      const stormy = stayer.takeTimes()
      await lost.start()
      endFault()

      // And live again, each change once.
      const head = await stayer.sayIn(roomIds)
      const after = await order({ settle: { head } })
      judgeStorm(rig, { clients, rooms, state, after, head, reads })
      rig.note(
        `storm of ${clients} in ${rooms} rooms: all back after ${seconds.toFixed(1)} s; told to come later ${state.turnedAway} times, ` +
          `lost without a word ${state.failed}; ${reads} reads of rooms; who stayed was answered in ` +
          `${format(calm)} before and ${format(stormy)} during it`,
      )
      return state.isIn === clients ? 1 : 0
    } finally {
      stayer.leave()
      crowd.kill('SIGKILL')
    }
  },
}

/** What the log of those who chat doesn't hold. */
function judgeStorm({ report, unit }: Rig<Cluster>, { clients, rooms, state, after, head, reads }: Outcome): void {
  for (const { isIn, leastSeq } of [state, after])
    if (isIn < clients)
      report('G12', `${clients - isIn} of ${clients} never came back; the least that somebody has is ${leastSeq}`)
  if (after.leastSeq !== head || after.mostSeq !== head)
    report('G3', `rooms end at ${head}, and clients at ${after.leastSeq} to ${after.mostSeq}`)
  for (const problem of after.problems) report('G6', problem)
  // Those who chat come and go meanwhile, also on this node.
  const mostReads = 2 * (rooms + unit.nodes.length)
  if (reads >= mostReads) report('G12', `${reads} reads for ${rooms} rooms; less than ${mostReads} are promised`)
}

/** Somebody on the node to which all others come, who goes on. */
class Stayer {
  readonly #peer: Awaited<ReturnType<typeof openPeer>>
  #times: number[] = []

  private constructor(peer: Awaited<ReturnType<typeof openPeer>>) {
    this.#peer = peer
  }

  static async come(cluster: Cluster, { port }: ClusterNode): Promise<Stayer> {
    const peer = await openPeer(`ws://127.0.0.1:${port}/v1/ws`)
    await peer.hello(cluster.chatToken({ id: 'stayer', name: 'Stayer' }))
    return new Stayer(peer)
  }

  /** One message in each room. All have the same number, for the same has happened in all of them. */
  async sayIn(roomIds: readonly string[]): Promise<number> {
    const said = await Promise.all(roomIds.map((roomId) => this.#peer.say(roomId, 'hello')))
    return said[0]?.seq ?? 0
  }

  /** A message now and then while something happens. */
  async chat<T>(during: () => Promise<T>): Promise<T> {
    let isOver = false
    const happening = during().finally(() => {
      isOver = true
    })
    while (!isOver) {
      const startedAt = performance.now()
      await this.#peer.say('storm-stay', 'still here')
      this.#times.push(performance.now() - startedAt)
      await pass(CHAT_MS)
    }
    return happening
  }

  takeTimes(): number[] {
    return this.#times.splice(0)
  }

  leave(): void {
    this.#peer.socket.terminate()
  }
}

const CALM_MS = 2_000
const CHAT_MS = 50

function format(times: readonly number[]): string {
  const sorted = [...times].sort((one, other) => one - other)
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
  return `${at(0.5)} ms (median), ${at(0.99)} ms (p99) and ${at(1)} ms (the slowest of ${sorted.length})`
}

// --- types ---

interface StormPlan {
  clients: number
  rooms: number
  afterMs: number
}

interface Outcome extends Pick<StormPlan, 'clients' | 'rooms'> {
  /** When all were back, and after another message. */
  state: CrowdState
  after: CrowdState
  /** Where all rooms end. */
  head: number
  reads: number
}
