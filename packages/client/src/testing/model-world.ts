/**
 * ModelWorld: whole clients against a service and a network that do everything wrong that they may. Pages of one page
 * may share a connection; then they also die, close, stand still and come back.
 */
import type { User } from '@parlor/protocol'
import { expect } from 'vitest'
import { createChatClient } from '../chat-client.ts'
import type { Signal } from '../environment.ts'
import type { ChatError } from '../errors.ts'
import type { ChatClient, Room } from '../types.ts'
import { createFakeChannels, type FakeChannelPage } from './fake-channels.ts'
import { createFakeClock, settle } from './fake-clock.ts'
import { createFakeLocks, type FakeLockPage } from './fake-locks.ts'
import { createFakeNetwork, type FakeNetwork } from './fake-network.ts'
import { ModelService } from './model-service.ts'

const START_MS = 1_000_000

export class ModelWorld {
  readonly #random: () => number
  readonly #clock = createFakeClock(START_MS)
  readonly #service: ModelService
  readonly #locks = createFakeLocks()
  readonly #channels
  readonly #isShared: boolean
  readonly #pages: Page[]
  #opened = 0
  #isRestored = false
  /** Times that a page which had the connection of several went away. */
  handovers = 0

  /** @param users whose pages there are; one may have several */
  constructor(seed: number, users: readonly User[], isShared = false) {
    this.#random = mulberry32(seed)
    this.#service = new ModelService(this.#clock, this.#random)
    this.#channels = createFakeChannels(this.#clock, () => Math.floor(this.#random() * 20))
    this.#isShared = isShared
    this.#pages = users.map((user) => this.#openPage(user))
  }

  #openPage(user: User): Page {
    this.#opened += 1
    const name = `${user.id}${this.#opened}`
    const locks = this.#locks.openPage()
    const channels = this.#channels.openPage()
    let signal: (signal: Signal) => void = () => {}
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
      userId: user.id,
      getToken: () => 'token',
      pageSize: 5,
      runtime: {
        clock: this.#clock,
        transport,
        random: this.#random,
        newId: () => {
          ids += 1
          return `${name}-${ids}`
        },
        fetch: () => Promise.reject(new TypeError('no network')),
        environment: {
          listen(listener) {
            signal = listener
            return () => {}
          },
        },
        ...(this.#isShared && { locks: locks.locks, channels: channels.channels }),
      },
    })
    const room = client.room('general')
    room.open()
    const parts = { client, room, network, locks, channels, signal: (what: Signal) => signal(what) }
    const page: Page = { ...parts, user, name, outcomes: new Map(), holes: [] }
    room.subscribe(() => this.#watch(page))
    return page
  }

  /** Pages that have a socket of their own now. */
  get connected(): number {
    return this.#pages.filter(isConnected).length
  }

  async step(): Promise<void> {
    const page = this.#pick(this.#pages)
    const luck = this.#random()
    if (luck < 0.35) this.#send(page)
    else if (luck < 0.7) this.#act(page)
    else if (luck < 0.8) this.#cut(page)
    else if (luck < 0.83) this.#service.restart()
    else if (luck < 0.85) {
      this.#isRestored = true
      this.#service.restore(1 + Math.floor(this.#random() * 4))
    } else if (this.#isShared) this.#trouble(page)
    await this.#clock.advance(Math.floor(this.#random() * 800))
  }

  /** Nothing breaks any more, and time passes. */
  async heal(): Promise<void> {
    this.#service.chaos = 0
    await this.#clock.advance(60_000)
    for (const page of this.#pages) this.#cut(page)
    await this.#clock.advance(120_000)
    await settle()
  }

  check(): void {
    const { rows } = this.#service
    for (const { client, room, outcomes, name, holes } of this.#pages) {
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
      const stored = new Set(rows.map(({ id }) => id))
      for (const [id, outcome] of outcomes) {
        expect([id, outcome]).not.toEqual([id, 'unsettled'])
        if (!this.#isRestored) expect([id, outcome === 'stored']).toEqual([id, stored.has(id)])
      }
      // In the order in which they were sent.
      const own = rows.filter(({ id }) => id.startsWith(`${name}-`))
      const order = own.map(({ id }) => Number(id.split('-')[1]))
      if (!this.#isRestored) expect(order).toEqual([...order].sort((one, other) => one - other))
    }
    for (const { client } of this.#pages) client.destroy()
  }

  /** What happens to pages; another one of the same person comes for each that goes. */
  #trouble(page: Page): void {
    const luck = this.#random()
    const { room, client, channels, signal } = page
    if (luck < 0.25) this.#replace(page, () => this.#kill(page))
    else if (luck < 0.5) this.#replace(page, () => client.destroy())
    else if (luck < 0.6) {
      const thaw = channels.freeze()
      this.#clock.after(this.#random() * 8_000, thaw)
    } else if (luck < 0.7) {
      signal('suspend')
      this.#clock.after(this.#random() * 3_000, () => signal('resume'))
    } else if (luck < 0.8) signal('online')
    else {
      room.close()
      this.#clock.after(4_000 + this.#random() * 3_000, room.open)
    }
  }
  #replace(page: Page, end: () => void): void {
    const isOnly = this.#pages.filter(({ user }) => user === page.user).length === 1
    if (isConnected(page) && !isOnly) this.handovers += 1
    end()
    this.#pages[this.#pages.indexOf(page)] = this.#openPage(page.user)
  }
  /** Gone without a word: nothing that it still does is heard. */
  #kill(page: Page): void {
    page.channels.die()
    page.locks.die()
    this.#cut(page)
    page.client.destroy()
  }

  #cut({ network }: Page): void {
    const socket = network.sockets.at(-1)
    if (socket) this.#service.cut(socket)
  }
  #send(page: Page): void {
    const sent = page.room.send(`text ${this.#random()}`)
    const id = page.room.getSnapshot().messages.at(-1)?.id ?? ''
    page.outcomes.set(id, 'unsettled')
    sent.then(
      () => page.outcomes.set(id, 'stored'),
      (error: ChatError) => page.outcomes.set(id, error.code),
    )
  }
  #act({ room, user: { id: name } }: Page): void {
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
  #watch({ room, holes }: Page): void {
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

interface Page {
  user: User
  name: string
  client: ChatClient
  room: Room
  network: FakeNetwork
  locks: FakeLockPage
  channels: FakeChannelPage
  signal(signal: Signal): void
  outcomes: Map<string, string>
  holes: string[]
}

function isConnected({ network, client }: Page): boolean {
  return client.getSnapshot().status === 'live' && network.sockets.at(-1)?.isOpen === true
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
