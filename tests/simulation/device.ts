/** Device: one page of one person: the real client, its rooms, and what its person was told. */
import {
  type ChatClient,
  ChatError,
  type Clock,
  createChatClient,
  type Room,
  type Signal,
  type Snapshot,
  type Transport,
  type TransportHandlers,
} from '@parlor/client'
import { createSharedTransport } from '../../packages/client/src/tabs/shared-transport.ts'
import type { Page, Tab } from './browser.ts'
import { short } from './compare.ts'
import type { Link } from './link.ts'
import { Sight } from './sight.ts'
import { StreamWatch, type WatchParts } from './stream-watch.ts'
import type { VirtualTime } from './virtual-time.ts'

export class Device {
  readonly userId: string
  readonly client: ChatClient
  readonly rooms: ReadonlyMap<string, Room>
  /** Rooms that the person looks at. */
  readonly open = new Set<string>()
  #ownLink: Link | undefined
  /** The app can't give a token until then. */
  tokenFailsUntil = 0
  readonly #parts: DeviceParts
  /** By room: ids in the order in which they were typed. One that is tried again is typed anew. */
  readonly #typed = new Map<string, string[]>()
  readonly #unsettled = new Map<string, string>()
  #expected = 0
  readonly #sights: ReadonlyMap<string, Sight>
  /** By room: what this page has taken over from others, or another from it. */
  readonly #others = new Map<string, string[]>()
  /** Kept messages that were found. */
  readonly #known = new Set<string>()
  readonly #bornAt: number
  #isRendered = false
  #hasConnected = false
  #isCold = false
  #isTyping = false
  /** Nobody is there any more to be told anything. */
  #isGone = false
  #signal: (signal: Signal) => void = () => {}

  constructor(userId: string, parts: DeviceParts) {
    const { time, random } = parts
    this.userId = userId
    this.#parts = parts
    this.#bornAt = time.now
    const skewMs = Math.floor((random() - 0.5) * 60_000)
    const clock: Clock = {
      now: () => time.now + skewMs,
      after: (ms, run) => {
        const due = time.after(ms, run)
        return () => {
          due.isStopped = true
        }
      },
    }
    const isKnown = random() < 0.8
    const { tab, storage, locks } = parts.page
    const transport = this.#createTransport(clock)
    this.client = createChatClient({
      url: 'https://chat.example',
      pageSize: PAGE_SIZE,
      // Else the service is the first to say.
      ...(isKnown && { userId }),
      // It shares below the watch, which sees what each page gets.
      shareConnection: false,
      getToken: () => {
        if (time.now < this.tokenFailsUntil) {
          parts.totals.count('token failures')
          throw new TypeError('the app is down')
        }
        const user = { id: userId, name: userId, picture: null }
        return JSON.stringify({ user, expiresAt: time.now + TOKEN_LIFE_MS })
      },
      runtime: {
        clock,
        random,
        locks,
        tabMemory: { get: (key) => tab.memory.get(key) ?? null, set: (key, value) => void tab.memory.set(key, value) },
        openStorage: () => storage,
        newId: parts.newId,
        fetch: () => Promise.reject(new TypeError('no network')),
        environment: {
          listen: (listener) => {
            this.#signal = listener
            return () => {
              this.#signal = () => {}
            }
          },
        },
        transport: {
          open: (url, subprotocol, handlers) => {
            const watch = new StreamWatch(userId, parts)
            const socket = transport.open(
              url,
              subprotocol,
              {
                ...handlers,
                opened: () => {
                  this.#hasConnected = true
                  if (!this.#ownLink || this.#ownLink.isOver) parts.totals.count('shared pages')
                  handlers.opened()
                },
                message: (text) => {
                  watch.received(text)
                  parts.onReceived(text)
                  handlers.message(text)
                },
              },
              userId,
            )
            return {
              send: (text) => {
                watch.sent(text)
                socket.send(text)
              },
              close: socket.close,
            }
          },
        },
      },
    })
    this.rooms = new Map(
      parts.roomIds.map((roomId) => {
        const initial = parts.findSnapshot(roomId)
        this.#isRendered ||= initial !== undefined
        return [roomId, this.client.room(roomId, { initial })]
      }),
    )
    this.#sights = new Map(parts.roomIds.map((roomId) => [roomId, new Sight(userId, parts)]))
    for (const [roomId, room] of this.rooms) room.subscribe(() => this.#look(roomId, room))
    if (!parts.showsSignals) return
    for (const room of this.rooms.values()) {
      room.typing.subscribe(() => room.typing.getSnapshot().count > 0 && parts.totals.count('writers seen'))
      room.presence.subscribe(() => parts.totals.count('presence seen'))
    }
  }

  /** The connection that this page is on: its own, or the one that it shares. */
  get link(): Link | undefined {
    const { browser } = this.#parts.page
    return browser.isShared ? browser.link : this.#ownLink
  }

  get tab(): Tab {
    return this.#parts.page.tab
  }

  room(roomId: string): Room {
    return this.rooms.get(roomId) as Room
  }

  openRoom(roomId: string): void {
    if (this.open.has(roomId)) return
    this.open.add(roomId)
    this.room(roomId).open()
  }

  closeRoom(roomId: string): void {
    if (this.open.delete(roomId)) this.room(roomId).close()
  }

  send(roomId: string, text: string): void {
    if (this.#parts.showsSignals) this.room(roomId).setTyping(true)
    this.#follow(roomId, () => this.room(roomId).send(text))
  }

  retry(roomId: string, id: string): void {
    const typed = this.#typed.get(roomId) ?? []
    this.#typed.set(
      roomId,
      typed.filter((other) => other !== id),
    )
    const again = this.#follow(roomId, () => this.room(roomId).retry(id))
    this.#parts.ledger.retyped(id)
    // It may be stored under its old id after all.
    if (again === id) this.#parts.ledger.forget(id)
    else this.#parts.ledger.gaveUp(id)
  }

  discard(roomId: string, id: string): void {
    const since = this.#parts.ledger.restores
    const key = `discard of ${short(id)}`
    this.#unsettled.set(key, key)
    // The page may go before it can tell how that ended.
    this.#parts.ledger.gaveUp(id)
    void this.room(roomId)
      .discard(id)
      .then(
        (isGone) => {
          this.#unsettled.delete(key)
          const { ledger } = this.#parts
          if (isGone && !this.#isGone)
            ledger.told({ kind: 'absent', userId: this.userId, roomId, id, since, why: 'discarded' })
        },
        () => void this.#unsettled.delete(key),
      )
  }

  /** `text` is like no other, so that it can be found again. */
  edit(roomId: string, id: string, text: string): void {
    const { ledger } = this.#parts
    const since = ledger.restores
    const before = this.room(roomId)
      .getSnapshot()
      .messages.find((message) => message.id === id)
    // What was never sent is changed on the page, and may be changed again before anybody else sees it.
    const isOnPage = before?.status !== 'sent'
    const told = (isStored: boolean): void =>
      isOnPage ? undefined : ledger.toldEdit({ roomId, id, text, since, isStored })
    this.room(roomId)
      .edit(id, text)
      .then(
        () => told(true),
        (error: unknown) => {
          if (error instanceof ChatError && error.code !== 'client_closed') told(false)
        },
      )
  }

  signal(signal: Signal): void {
    this.#signal(signal)
  }

  /** It hears nothing from the other pages for so long. */
  freeze(ms: number): void {
    this.#parts.time.after(ms, this.#parts.page.freeze())
  }

  /** Somebody leaves it. It has a moment for its last words; `isHurried`: not long enough. */
  leave(isHurried: boolean): void {
    this.signal('suspend')
    if (isHurried) this.#parts.page.stopWriting()
    this.destroy()
  }

  /** Its process is gone, without a word: the service finds the socket closed a little later. */
  kill(serviceMs: number): void {
    const { page, random } = this.#parts
    page.kill()
    this.#ownLink?.cut({ random, clientMs: undefined, serverMs: serviceMs, lateMs: 0 })
    this.destroy()
  }

  /** The page is gone, with everything that it held in memory. */
  destroy(): void {
    const { ledger } = this.#parts
    this.#isGone = true
    for (const [roomId, typed] of this.#orders()) ledger.typedOnce(roomId, typed)
    this.#unsettled.clear()
    this.client.destroy()
  }

  /** What the person still waits to be told. */
  get unsettled(): readonly string[] {
    return [...this.#unsettled.values()]
  }

  checkOrder(): void {
    for (const [roomId, typed] of this.#orders()) this.#parts.ledger.checkOrder(roomId, typed)
  }

  /** Whatever a person asks for ends, with success or without. */
  expect(what: string, asked: Promise<unknown>): void {
    const key = `${what} ${this.#expected++}`
    this.#unsettled.set(key, what)
    const settle = (): void => void this.#unsettled.delete(key)
    asked.then(settle, settle)
  }

  /** What keeps an order. Two pages have one each: what one of them left may be stored when the other's comes. */
  *#orders(): Iterable<[roomId: string, typed: readonly string[]]> {
    const { typedOn } = this.#parts.page.browser
    yield* this.#typed
    for (const [roomId, ids] of this.#others)
      for (const typed of Map.groupBy(ids, (id) => typedOn.get(id)).values()) yield [roomId, typed]
  }

  #createTransport(clock: Clock): Transport {
    const { page, totals, connect, newId } = this.#parts
    const { browser, locks, channels } = page
    const own: Transport = {
      open: (_url, _subprotocol, handlers) => {
        const link = connect(handlers)
        if (browser.isShared && browser.linkOwner && browser.linkOwner !== page) totals.count('handovers')
        browser.link = link
        browser.linkOwner = page
        this.#ownLink = link
        return link.client
      },
    }
    return browser.isShared ? createSharedTransport({ clock, locks, channels, newId }, own) : own
  }

  #follow(roomId: string, send: () => Promise<{ id: string; seq: number }>): string | undefined {
    const { ledger } = this.#parts
    const since = ledger.restores
    const before = new Set(this.#pendingIds(roomId))
    this.#isTyping = true
    const sent = send()
    this.#isTyping = false
    const [id] = this.#pendingIds(roomId).filter((one) => !before.has(one))
    // Refused at once: there is nothing to follow.
    if (id === undefined) {
      sent.catch(() => {})
      return undefined
    }
    const typed = this.#typed.get(roomId) ?? []
    this.#typed.set(roomId, [...typed, id])
    this.tab.typed.add(id)
    this.#parts.page.browser.typedOn.set(id, this.#parts.page)
    this.#await(roomId, id, sent, since)
    return id
  }

  #await(roomId: string, id: string, sent: Promise<{ id: string; seq: number }>, since: number): void {
    const { ledger } = this.#parts
    this.#unsettled.set(id, `send of ${short(id)}`)
    const settle = (): void => void this.#unsettled.delete(id)
    const { userId } = this
    sent.then(
      ({ seq }) => {
        settle()
        if (this.#isGone) return
        // Of a room that is closed nothing is kept in sight.
        if (this.room(roomId).getSnapshot().status !== 'idle') this.#sights.get(roomId)?.stored(id, seq)
        ledger.told({ kind: 'stored', userId, roomId, id, seq })
      },
      (error: unknown) => {
        settle()
        if (this.#isGone) return
        const code = error instanceof ChatError ? error.code : 'no ChatError'
        // Another page has taken it over: how it ends is told there.
        if (code === 'connection_lost') this.#lose(roomId, id)
        else ledger.told({ kind: 'absent', userId, roomId, id, since, why: code })
      },
    )
  }

  #lose(roomId: string, id: string): void {
    this.tab.typed.delete(id)
    const typed = this.#typed.get(roomId) ?? []
    this.#typed.set(
      roomId,
      typed.filter((other) => other !== id),
    )
    this.#others.set(roomId, [...(this.#others.get(roomId) ?? []), id])
  }

  /** Messages that wait and that nobody has typed on this page: the device kept them. */
  #findKept(roomId: string, room: Room): void {
    if (this.#isTyping) return
    const pending = this.#pendingIds(roomId)
    const fresh = pending.filter((id) => !this.#unsettled.has(id) && !this.#known.has(id))
    if (fresh.length === 0) return
    const { time, totals, ledger } = this.#parts
    const isReturn = time.now - this.#bornAt < RETURN_MS
    totals.count(isReturn ? 'restored sends' : 'taken over sends', fresh.length)
    // Its own come before what is typed now; another's may long be stored, and have an order of their own.
    const own = new Set(fresh.filter((id) => isReturn && this.tab.typed.has(id)))
    const typed = this.#typed.get(roomId) ?? []
    const waiting = pending.filter((id) => own.has(id) || typed.includes(id))
    this.#typed.set(roomId, [...typed.filter((id) => !waiting.includes(id)), ...waiting])
    this.#others.set(roomId, [...(this.#others.get(roomId) ?? []), ...fresh.filter((id) => !own.has(id))])
    for (const id of fresh) {
      this.#known.add(id)
      this.#await(roomId, id, room.retry(id), ledger.restores)
    }
  }

  #look(roomId: string, room: Room): void {
    this.#findKept(roomId, room)
    const shown = room.getSnapshot()
    if (!this.#hasConnected && !this.#isRendered && !this.#isCold && shown.messages.some(({ seq }) => seq)) {
      this.#isCold = true
      this.#parts.totals.count('cold starts')
    }
    this.#sights.get(roomId)?.look(shown, this.#typed.get(roomId) ?? [])
  }

  #pendingIds(roomId: string): string[] {
    const { messages } = this.room(roomId).getSnapshot()
    return messages.filter(({ status }) => status === 'pending').map(({ id }) => id)
  }
}

/** Small, so that windows have edges. */
const PAGE_SIZE = 5

/** Short, so that sessions are renewed within a schedule. */
const TOKEN_LIFE_MS = 60_000

/** What a page shows so soon is from its own tab; later, it is another's. */
const RETURN_MS = 3_000

// --- types ---

export interface DeviceParts extends WatchParts {
  time: VirtualTime
  page: Page
  random: () => number
  roomIds: readonly string[]
  showsSignals: boolean
  newId(): string
  /** The room as the app's server rendered it into the page. */
  findSnapshot(roomId: string): Snapshot | undefined
  onReceived(text: string): void
  /** Opens a socket to a node that takes it. */
  connect(handlers: TransportHandlers): Link
}
