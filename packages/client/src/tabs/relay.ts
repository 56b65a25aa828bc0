/**
 * Relay: one connection to the service for all tabs of a person. It speaks the protocol to each of them: a tab can't tell
 * it from the service. Nothing on its way waits for a timer, because browsers slow down those of hidden tabs.
 */
import {
  type Command,
  type CommandOf,
  type DownItem,
  decodeDown,
  encodeItem,
  encodeUp,
  joinItems,
  type Reply,
  type ResumePoint,
  type UpFrame,
  type Welcome,
} from '@parlor/protocol'
import { readClaims } from '../claims.ts'
import type { Clock } from '../clock.ts'
import type { Transport, TransportHandlers, TransportSocket } from '../transport.ts'
import { closedReasonOf, createRelayRoom, type OpenAnswer, type RelayRoom } from './relay-room.ts'
import { createRelaySignals, isSignalCommand } from './relay-signals.ts'

export interface Relay {
  /** A tab joins; gives its socket. The handlers are called later, and not any more once the tab has closed it. */
  join(handlers: TransportHandlers): TransportSocket
  /** Hands over: tells every tab to come back at once, by another way, and closes the connection. */
  end(): void
}

/** A tab hears something about as often as the relay does: this much later, at most. Well within a client's patience of 10 s. */
const QUIET_MS = 5_000

/** A tab that has heard nothing is believed when the service has said nothing for this long: what a probe waits. */
const SILENT_MS = 4_000

/** What a browser allows a page to close with. */
const NORMAL_CLOSE = 1000

export function createRelay(deps: RelayDeps): Relay {
  const { clock, url, subprotocol } = deps
  const tabs = new Set<Tab>()
  const rooms = new Map<string, RelayRoom<Tab>>()
  /** Commands that wait for their reply, by the ref that the service knows them by. */
  const asked = new Map<number, (reply: Reply) => void>()
  /** Tabs that said `hello` while the first one's was under way. */
  let early: { tab: Tab; hello: HelloFrame }[] = []
  let lastRef = 0
  let stage: 'opening' | 'open' | 'signing-in' | 'up' | 'over' = 'opening'
  let heardAt = clock.now()
  /** As the service said it, and when. */
  let welcome: { result: Welcome; at: number } | undefined

  const upstream = deps.transport.open(url, subprotocol, {
    opened() {
      heardAt = clock.now()
      if (stage !== 'opening') return
      stage = 'open'
      for (const tab of [...tabs]) tab.handlers.opened()
    },
    message(text) {
      heardAt = clock.now()
      const items = decodeDown(text) ?? []
      for (const item of items) route(item)
      for (const tab of [...tabs]) {
        if (tab.queue.length > 0 || items.length === 0 || heardAt - tab.toldAt >= QUIET_MS) flush(tab)
      }
    },
    closed: (code, reason) => finish(code, reason),
  })

  const route = (item: DownItem): void => {
    if ('ref' in item) {
      const answer = asked.get(item.ref)
      asked.delete(item.ref)
      answer?.(item)
    } else if ('roomId' in item) rooms.get(item.roomId)?.receive(item)
    else for (const tab of tabs) tell(tab, item)
  }
  const ask = <C extends Command>(command: C, answer: (reply: Reply) => void = () => {}): void => {
    lastRef += 1
    asked.set(lastRef, answer)
    upstream.send(encodeUp({ ...command, ref: lastRef }))
  }

  const signals = createRelaySignals<Tab>((command) => stage === 'up' && ask(command))

  const tell = (tab: Tab, item: DownItem): void => {
    // A reply may come after who asked for it has gone.
    if (!tabs.has(tab)) return
    if (tab.queue.length === 0) void Promise.resolve().then(() => tab.queue.length > 0 && flush(tab))
    tab.queue.push(encodeOnce(item))
  }
  const flush = (tab: Tab): void => {
    if (!tabs.has(tab)) return
    tab.toldAt = clock.now()
    tab.handlers.message(joinItems(tab.queue.splice(0)))
  }
  /** What is encoded for one tab need not be for the next. */
  let encoded: { item: DownItem; text: string } | undefined
  const encodeOnce = (item: DownItem): string => {
    if (encoded?.item !== item) encoded = { item, text: encodeItem(item) }
    return encoded.text
  }

  const receive = (tab: Tab, { ref, ...command }: UpFrame): void => {
    const reply = (answer: Omit<Reply, 'ref'>): void => tell(tab, { ...answer, ref } as Reply)
    if (command.type === 'hello') signIn(tab, { ...command, ref })
    else if (command.type === 'room.open') {
      const { roomId, since, limit } = command
      findRoom(roomId).open(tab, { since, limit, answer: reply })
    } else if (command.type === 'room.close') {
      signals.close(tab, command.roomId)
      rooms.get(command.roomId)?.close(tab)
      reply({ ok: {} })
    } else if (isSignalCommand(command)) {
      const merged = signals.merge(tab, command)
      if (merged) ask(merged, reply)
      else reply({ ok: {} })
    } else {
      if (command.type === 'message.send') signals.sent(command.roomId)
      ask(command, (answer) => {
        // Any tab's token serves all: the service takes it only for the same user and sign-in.
        if (welcome && command.type === 'session.refresh' && 'ok' in answer) {
          welcome.result = { ...welcome.result, ...(answer.ok as Pick<Welcome, 'expiresAt'>) }
        }
        reply(answer)
      })
    }
  }

  const signIn = (tab: Tab, hello: HelloFrame): void => {
    if (welcome) greet(tab, hello, welcome)
    else if (stage === 'signing-in') early.push({ tab, hello })
    else {
      stage = 'signing-in'
      const { ref, ...command } = hello
      for (const { roomId, ...since } of hello.rooms ?? []) findRoom(roomId).expect(tab, asPush(tab, roomId, since))
      ask(command, (reply) => {
        tell(tab, { ...reply, ref })
        // A refused one ends the connection.
        if (!('ok' in reply)) return
        stage = 'up'
        welcome = { result: reply.ok as Welcome, at: clock.now() }
        signals.join(tab)
        for (const other of early) greet(other.tab, other.hello, welcome)
        early = []
      })
    }
  }
  const greet = (tab: Tab, { ref, token, rooms: named }: HelloFrame, { result, at }: Answered): void => {
    const serverTime = result.serverTime + clock.now() - at
    // Its own token may end sooner than the one that the service knows: it has to renew in time for the next connection.
    const { exp } = (token !== undefined && readClaims(token)) || {}
    const expiresAt = exp === undefined ? result.expiresAt : Math.min(result.expiresAt, exp * 1_000)
    tell(tab, { ref, ok: { ...result, serverTime, expiresAt } })
    signals.join(tab)
    for (const { roomId, ...since } of named ?? []) findRoom(roomId).open(tab, asPush(tab, roomId, since))
  }
  const asPush = (tab: Tab, roomId: string, since: ResumePoint) => ({
    since,
    answer({ ok, error }: OpenAnswer): void {
      if (ok) tell(tab, { type: 'room.opened', ...ok })
      else tell(tab, { type: 'room.closed', roomId, reason: closedReasonOf(error) })
    },
  })

  const findRoom = (roomId: string): RelayRoom<Tab> => {
    const found = rooms.get(roomId)
    if (found) return found
    const room = createRelayRoom<Tab>({
      roomId,
      tell,
      ask: (command, answer) => ask(command, (reply) => answer(reply as OpenAnswer)),
      onEmpty(isOpen) {
        rooms.delete(roomId)
        if (isOpen && stage === 'up') ask({ type: 'room.close', roomId })
      },
    })
    rooms.set(roomId, room)
    return room
  }

  const leave = (tab: Tab, code: number, reason: string): void => {
    if (!tabs.delete(tab)) return
    early = early.filter((other) => other.tab !== tab)
    signals.leave(tab)
    for (const room of [...rooms.values()]) room.close(tab)
    void Promise.resolve().then(() => tab.handlers.closed(code, reason))
    // It speaks for all: the others would find out later.
    if (reason === 'silent' && clock.now() - heardAt >= SILENT_MS) finish(ABNORMAL_CLOSE, reason)
  }
  const finish = (code: number, reason: string): void => {
    if (stage === 'over') return
    stage = 'over'
    const left = [...tabs]
    for (const tab of left) if (tab.queue.length > 0) flush(tab)
    tabs.clear()
    upstream.close(NORMAL_CLOSE, '')
    for (const tab of left) tab.handlers.closed(code, reason)
    // Last: whoever comes next should know why this one ended.
    deps.onOver()
  }

  return {
    join(handlers) {
      const tab: Tab = { handlers, queue: [], toldAt: clock.now() }
      tabs.add(tab)
      if (stage !== 'opening') void Promise.resolve().then(() => tabs.has(tab) && handlers.opened())
      return {
        send(text) {
          const frame = tabs.has(tab) && readFrame(text)
          if (frame) receive(tab, frame)
        },
        close: (code, reason) => leave(tab, code, reason),
      }
    },
    end() {
      for (const tab of tabs) tell(tab, { type: 'connection.draining', reconnectAfterMs: 0 })
      finish(GOING_AWAY, '')
    },
  }
}

/** What a client of ours may send; the service checks the rest. */
function readFrame(text: string): UpFrame | undefined {
  try {
    const frame = JSON.parse(text) as Partial<Record<'ref' | 'type' | 'roomId' | 'rooms', unknown>> | null
    if (typeof frame !== 'object' || frame === null) return undefined
    const { ref, type, roomId, rooms = [] } = frame
    if (!Number.isSafeInteger(ref) || typeof type !== 'string') return undefined
    if (roomId !== undefined ? typeof roomId !== 'string' : NAMING_ROOM.has(type)) return undefined
    const isNaming = (room: { roomId?: unknown } | null): boolean => typeof room?.roomId === 'string'
    return Array.isArray(rooms) && rooms.every(isNaming) ? (frame as UpFrame) : undefined
  } catch {
    return undefined
  }
}

/** Commands that the relay answers itself, room by room. */
const NAMING_ROOM: ReadonlySet<string> = new Set(['room.open', 'room.close'])

const GOING_AWAY = 1001
const ABNORMAL_CLOSE = 1006

// --- types ---

export interface RelayDeps {
  clock: Clock
  transport: Transport
  url: string
  subprotocol: string
  /** The connection is over, for whatever reason: nobody can join any more. */
  onOver(): void
}

interface Tab {
  handlers: TransportHandlers
  /** Encoded items that wait for the end of the frame, or of the turn. */
  queue: string[]
  toldAt: number
}

type HelloFrame = CommandOf<'hello'> & { ref: number }

interface Answered {
  result: Welcome
  at: number
}
