/** Two whole clients against a service and a network that do everything wrong that they may: then all is as it should be. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChatClient } from './chat-client.ts'
import type { ChatError } from './errors.ts'
import { createFakeClock, settle } from './testing/fake-clock.ts'
import { createFakeNetwork, type FakeNetwork } from './testing/fake-network.ts'
import { ModelService } from './testing/model-service.ts'
import { ADA, BOB } from './testing/rows.ts'
import type { ChatClient, Room } from './types.ts'

/** Schedules per run of the suite; `SIMULATION_RUNS` and `SIMULATION_SEED` ask for more, or for one again. */
const RUNS = Number(process.env.SIMULATION_RUNS ?? 150)

test('[G2][G5][G6][G14] whatever breaks, clients end with the service’s rows, and every send with the truth', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 10, max: 80 }), async (seed, steps) => {
      const world = new World(seed)
      for (let step = 0; step < steps; step++) await world.step()
      await world.heal()
      world.check()
    }),
    { numRuns: RUNS, ...(process.env.SIMULATION_SEED && { seed: Number(process.env.SIMULATION_SEED) }) },
  )
}, 600_000)

const START_MS = 1_000_000

class World {
  readonly #random: () => number
  readonly #clock = createFakeClock(START_MS)
  readonly #service: ModelService
  readonly #people: Person[]
  #isRestored = false

  constructor(seed: number) {
    this.#random = mulberry32(seed)
    this.#service = new ModelService(this.#clock, this.#random)
    this.#people = [ADA, BOB].map((user) => {
      const network = createFakeNetwork((socket, frame) => this.#service.receive(socket, frame, user))
      const transport = {
        open: (...args: Parameters<FakeNetwork['open']>) => {
          const raw = network.open(...args)
          const socket = network.sockets.at(-1)
          this.#clock.after(1, () => socket?.closedWith === undefined && socket?.accept())
          return raw
        },
      }
      let ids = 0
      const client = createChatClient({
        url: 'https://chat.test',
        getToken: () => 'token',
        pageSize: 5,
        runtime: {
          clock: this.#clock,
          transport,
          random: this.#random,
          newId: () => {
            ids += 1
            return `${user.id}-${ids}`
          },
          fetch: () => Promise.reject(new TypeError('no network')),
          environment: { listen: () => () => {} },
        },
      })
      const room = client.room('general')
      room.open()
      return { name: user.id, client, room, network, outcomes: new Map(), holes: [] }
    })
    for (const person of this.#people) person.room.subscribe(() => this.#watch(person))
  }

  async step(): Promise<void> {
    const person = this.#pick(this.#people)
    const luck = this.#random()
    if (luck < 0.35) this.#send(person)
    else if (luck < 0.7) this.#act(person)
    else if (luck < 0.8) this.#cut(person)
    else if (luck < 0.83) this.#service.restart()
    else if (luck < 0.85) {
      this.#isRestored = true
      this.#service.restore(1 + Math.floor(this.#random() * 4))
    }
    await this.#clock.advance(Math.floor(this.#random() * 800))
  }

  /** Nothing breaks any more, and time passes. */
  async heal(): Promise<void> {
    this.#service.chaos = 0
    await this.#clock.advance(60_000)
    for (const person of this.#people) this.#cut(person)
    await this.#clock.advance(120_000)
    await settle()
  }

  check(): void {
    const { rows } = this.#service
    for (const { client, room, outcomes, name, holes } of this.#people) {
      const { messages, hasOlder, hasNewer, status } = room.getSnapshot()
      expect([client.getSnapshot().status, status]).toEqual(['live', 'live'])
      expect(holes).toEqual([])
      // Every message has the service's version, and the list has no hole.
      const kept = messages.filter((message) => message.status !== 'failed')
      // A restored backup that a client had not gone beyond gives it no reason to reset.
      const shown = this.#isRestored ? kept.filter(({ seq = 0 }) => seq <= this.#service.head) : kept
      const first = hasOlder ? rows.findIndex(({ id }) => id === shown[0]?.id) : 0
      const end = hasNewer ? rows.findIndex(({ id }) => id === shown.at(-1)?.id) + 1 : rows.length
      const expected = rows.slice(first, end)
      expect(shown.map(({ id, version, text }) => [id, version, text])).toEqual(
        expected.map(({ id, version, text }) => [id, version, text]),
      )
      expect(shown.filter(({ isChanging }) => isChanging)).toEqual([])
      // Every promise was settled, and told the truth.
      const stored = new Set(rows.filter(({ user }) => user.id === name).map(({ id }) => id))
      for (const [id, outcome] of outcomes) {
        expect([id, outcome]).not.toEqual([id, 'unsettled'])
        if (!this.#isRestored) expect([id, outcome === 'stored']).toEqual([id, stored.has(id)])
      }
      // In the order in which they were sent.
      const order = rows.filter(({ user }) => user.id === name).map(({ id }) => Number(id.split('-')[1]))
      if (!this.#isRestored) expect(order).toEqual([...order].sort((one, other) => one - other))
    }
    for (const { client } of this.#people) client.destroy()
  }

  #cut({ network }: Person): void {
    const socket = network.sockets.at(-1)
    if (socket) this.#service.cut(socket)
  }
  #send(person: Person): void {
    const sent = person.room.send(`text ${this.#random()}`)
    const id = person.room.getSnapshot().messages.at(-1)?.id ?? ''
    person.outcomes.set(id, 'unsettled')
    sent.then(
      () => person.outcomes.set(id, 'stored'),
      (error: ChatError) => person.outcomes.set(id, error.code),
    )
  }
  #act({ room, name }: Person): void {
    const { messages } = room.getSnapshot()
    const message = messages[Math.floor(this.#random() * messages.length)]
    const own = messages.filter(({ user, status }) => user.id === name && status !== 'deleted')
    const mine = own[Math.floor(this.#random() * own.length)]
    const pending = messages.find(({ status }) => status === 'pending')
    const actions: (() => Promise<unknown> | undefined)[] = [
      () => room.loadOlder(),
      () => room.loadNewer(),
      () => room.jumpToLatest(),
      () => message && room.jumpTo(message.id),
      () => this.#service.rows[0] && room.jumpTo(this.#service.rows[0].id),
      () => mine && room.edit(mine.id, `edited ${this.#random()}`),
      () => (mine && this.#random() < 0.3 && mine.status === 'sent' ? room.remove(mine.id) : undefined),
      () => message && room.react(message.id, '👍'),
      () => (pending && this.#random() < 0.5 ? room.discard(pending.id) : undefined),
    ]
    void this.#pick(actions)()
  }
  /** At every moment: no message twice, no hole between the rows, and nothing out of its order. */
  #watch({ room, holes }: Person): void {
    const { messages } = room.getSnapshot()
    const ids = messages.map(({ id }) => id)
    if (new Set(ids).size < ids.length) holes.push(`twice: ${ids.join()}`)
    // Rows carry the service's times, which are small here; what is still in the outbox, this device's.
    const rows = messages.filter(({ createdAt }) => createdAt < START_MS)
    const [low, high] = [rows[0]?.seq ?? 0, rows.at(-1)?.seq ?? 0]
    const between = this.#service.rows.filter(({ seq }) => seq >= low && seq <= high)
    if (!this.#isRestored && rows.map(({ id }) => id).join() !== between.map(({ id }) => id).join()) {
      holes.push(`hole: ${rows.map(({ seq }) => seq).join()}`)
    }
    const seqs = messages.filter(({ status, version }) => status !== 'pending' && version).map(({ seq = 0 }) => seq)
    const sorted = [...seqs].sort((one, other) => one - other)
    // What a restored backup took back stays in sight, after the rows, until its number has come again.
    if (!this.#isRestored && seqs.some((seq, at) => seq !== sorted[at])) holes.push(`order: ${seqs.join()}`)
  }
  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T
  }
}

interface Person {
  name: string
  client: ChatClient
  room: Room
  network: FakeNetwork
  outcomes: Map<string, string>
  holes: string[]
}

/** A small seeded generator (Tommy Ettinger's mulberry32): the same schedule for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
