/** The page of the client's benchmark: the real client and components over a service that is a list of frames. */
import { createChatClient, type Transport, type TransportHandlers } from '@parlor/client'
import { ChatProvider, ChatRoom, useChat } from '@parlor/react'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import type { ClientBench } from './page-api.ts'

const ROOM = 'general'
const EPOCH = 'e1'
const ADA = { id: 'ada', name: 'Ada', picture: null }
const PEOPLE = ['bob', 'cleo', 'dan', 'eve'].map((id) => ({ id, name: id, picture: null }))
const START = Date.parse('2026-11-20T08:00:00Z')

/** Of the plain list. */
const SHOWN = 20

type Row = ReturnType<typeof makeRow>

let handlers: TransportHandlers | undefined
let rows: Row[] = []
let head = 0
let renders = 0
let frames: string[] = []

const transport: Transport = {
  open(_url, _subprotocol, listener) {
    handlers = listener
    setTimeout(() => listener.opened())
    return {
      send(text) {
        const frame = JSON.parse(text)
        setTimeout(() => say({ ref: frame.ref, ok: answer(frame) }))
      },
      close() {},
    }
  },
}

const client = createChatClient({
  ...{ url: 'http://localhost', getToken: () => 'token', offline: false, shareConnection: false },
  runtime: { transport, fetch: () => Promise.reject(new TypeError('no network')) },
})
const room = client.room(ROOM)

/** An app's own list: the hook, and the newest messages as plain text. */
function Plain() {
  renders += 1
  const { messages } = useChat({ roomId: ROOM })
  return messages.slice(-SHOWN).map(({ id, text }) => createElement('p', { key: id }, text))
}

const bench: ClientBench = {
  async load(count, withList) {
    rows = Array.from({ length: count }, (_, at) => makeRow(at + 1))
    head = count
    const plain = createElement(Plain, { key: 'plain' })
    const children = withList ? [plain, createElement(ChatRoom, { key: 'room', roomId: ROOM })] : plain
    createRoot(document.getElementById('root') as HTMLElement).render(
      createElement(ChatProvider, { client, locale: 'en', children }),
    )
    while (room.getSnapshot().status !== 'live') await wait(10)
    while (room.getSnapshot().hasOlder) await room.loadOlder()
    await wait(500)
    return room.getSnapshot().messages.length
  },
  async prepare(count, perFrame) {
    frames = Array.from({ length: count / perFrame }, () => JSON.stringify(Array.from({ length: perFrame }, nextEvent)))
    await wait(500)
  },
  async tell(framesPerSecond) {
    const renderedBefore = renders
    const startedAt = performance.now()
    for (const [at, frame] of frames.entries()) {
      // Each in a task of its own, as from a socket, also when it is late.
      await wait(Math.max(0, startedAt + (at * 1000) / framesPerSecond - performance.now()))
      handlers?.message(frame)
    }
    await painted()
    return { ms: performance.now() - startedAt, renders: renders - renderedBefore }
  },
}
Object.assign(window, { bench })

/** New messages mostly, and edits and reactions among the newest hundred and anywhere. */
function nextEvent(): object {
  head += 1
  const turn = head % 10
  if (turn < 6) {
    const row = makeRow(head)
    rows.push(row)
    return { type: 'message.created', roomId: ROOM, seq: head, message: row }
  }
  const at = turn < 8 ? rows.length - 1 - (head % 100) : (head * 7919) % rows.length
  const old = rows[at] as Row
  const isEdit = turn % 2 === 0
  const message = isEdit
    ? { ...old, version: head, textVersion: head, text: `${old.text} (${head})`, editedAt: START + head * 1000 }
    : { ...old, version: head, reactions: [{ emoji: '👍', userIds: [`user-${head}`] }] }
  rows[at] = message
  return { type: isEdit ? 'message.edited' : 'message.reacted', roomId: ROOM, seq: head, message }
}

function makeRow(seq: number) {
  return {
    ...{ id: `m-${seq}`, seq, version: seq, ordinal: seq, textVersion: seq, createdAt: START + seq * 20_000 },
    user: PEOPLE[(seq >> 2) % PEOPLE.length] as (typeof PEOPLE)[0],
    text: `Message ${seq}: ${'lorem ipsum dolor sit amet '.repeat(1 + (seq % 5))}`,
    editedAt: undefined as number | undefined,
    reactions: [] as { emoji: string; userIds: string[] }[],
  }
}

function answer(frame: { type: string; before?: number; limit?: number }): object {
  if (frame.type === 'hello') {
    const limits = { textChars: 4_000, frameBytes: 65_536, roomsPerConnection: 200, page: 100 }
    const times = { serverTime: Date.now(), expiresAt: Date.now() + 3_600_000, heartbeatMs: 3_600_000 }
    return { protocol: 1, connectionId: 'c1', user: ADA, limits, ...times }
  }
  const end = frame.before === undefined ? rows.length : rows.findIndex(({ seq }) => seq >= (frame.before ?? 0))
  const first = Math.max(0, end - (frame.limit ?? 100))
  const messages = rows.slice(first, end)
  const page = { messages, hasOlder: first > 0 }
  if (frame.type === 'message.list') return { epoch: EPOCH, head, ...page, hasNewer: end < rows.length }
  const me = { userId: ADA.id, name: ADA.name, picture: null, role: 'member', joinedAt: 1, version: 1 }
  const info = { id: ROOM, kind: 'public', name: 'General', memberCount: 1, floor: 1, createdAt: START, version: 1 }
  const reset = { reason: 'fresh', room: info, ...page, members: [me], membersComplete: true }
  return { roomId: ROOM, epoch: EPOCH, head, me, reset }
}

function say(item: object): void {
  handlers?.message(JSON.stringify([item]))
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Until what was just told is on the screen. */
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
}
