/** The crowd of a storm, in a process of its own, so that it doesn't disturb who measures: thousands of light connections. */

import { answerOrders } from '../../../bench/orders.ts'
import { mintChatToken } from '../../conformance/tokens.ts'
import { Returner } from './returner.ts'

class StormCrowd {
  readonly #returners: Returner[]
  #port: number

  constructor({ port, clients, rooms, secret }: CrowdShape) {
    this.#port = port
    this.#returners = Array.from(
      { length: clients },
      (_, index) =>
        new Returner({
          userId: `crowd-${index}`,
          roomId: rooms[index % rooms.length] as string,
          port: () => this.#port,
          mintToken: (userId) => mintChatToken(userId, { secret }),
        }),
    )
  }

  /** Everybody comes, in their own time. */
  async gather(): Promise<CrowdState> {
    await Promise.all(this.#returners.map((returner) => returner.come()))
    return this.#state()
  }

  /** Whoever loses a socket from now on comes back to this port. */
  expect(port: number): CrowdState {
    this.#port = port
    for (const returner of this.#returners) {
      returner.turnedAway = 0
      returner.failed = 0
    }
    return this.#state()
  }

  /** Waits until everybody is in and has so much of their room, or until it is clear that they never will. */
  async settle(head: number): Promise<CrowdState> {
    const deadline = performance.now() + PATIENCE_MS
    const isDone = () => this.#returners.every(({ isIn, seq }) => isIn && seq >= head)
    while (!isDone() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    return this.#state()
  }

  #state(): CrowdState {
    const sum = (pick: (returner: Returner) => number) => this.#returners.reduce((all, one) => all + pick(one), 0)
    return {
      isIn: sum(({ isIn }) => (isIn ? 1 : 0)),
      leastSeq: this.#returners.reduce((least, { seq }) => Math.min(least, seq), Number.MAX_SAFE_INTEGER),
      mostSeq: this.#returners.reduce((most, { seq }) => Math.max(most, seq), 0),
      turnedAway: sum(({ turnedAway }) => turnedAway),
      failed: sum(({ failed }) => failed),
      problems: this.#returners.flatMap(({ problems }) => problems),
    }
  }
}

/** Only a bound for what never comes: four times the longest wait that anybody is told. */
const PATIENCE_MS = 120_000

const LOOK_MS = 50

let crowd: StormCrowd | undefined

async function obey(order: CrowdOrder): Promise<CrowdState> {
  if (order.gather) {
    crowd = new StormCrowd(order.gather)
    return crowd.gather()
  }
  if (!crowd) throw new Error('nobody has come')
  return order.expect ? crowd.expect(order.expect.port) : crowd.settle(order.settle.head)
}

answerOrders(obey)

// --- types ---

export interface CrowdShape {
  port: number
  clients: number
  rooms: readonly string[]
  secret: string
}

export interface CrowdState {
  /** How many are signed in and caught up. */
  isIn: number
  /** Of what they have of their rooms, the least and the most. */
  leastSeq: number
  mostSeq: number
  /** Told to come later, and sockets that ended without a word or didn't open: since `expect`. */
  turnedAway: number
  failed: number
  problems: string[]
}

export type CrowdOrder =
  | { gather: CrowdShape; expect?: undefined; settle?: undefined }
  | { expect: { port: number }; gather?: undefined; settle?: undefined }
  | { settle: { head: number }; gather?: undefined; expect?: undefined }
