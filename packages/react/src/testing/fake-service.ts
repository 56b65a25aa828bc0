/** FakeService: a chat service of one room in the memory of a test, behind a client's transport. */
import type { ChatClientOptions, Runtime } from '@parlor/client'
import type {
  DownItem,
  ErrorCode,
  Event,
  MemberRow,
  MessageRow,
  Role,
  RoomRow,
  Snapshot,
  UpFrame,
  User,
} from '@parlor/protocol'

export const ADA: User = { id: 'ada', name: 'Ada Lovelace', picture: null }
export const BOB: User = { id: 'bob', name: 'Bob Ross', picture: null }

export function createFakeService(options: FakeServiceOptions = {}): FakeService {
  const { viewer = ADA, role = 'member', roomId = 'general', pageSize = 50, startMs = Date.now() - 3_600_000 } = options
  const sockets: Socket[] = []
  const messages: MessageRow[] = []
  const members = new Map<string, MemberRow>()
  const refusals = new Map<string, ErrorCode>()
  const held: (() => void)[] = []
  const frames: UpFrame[] = []
  let head = 1
  let isHolding = false
  let isReachable = true
  let room: RoomRow = {
    ...{ id: roomId, kind: options.kind ?? 'public', name: options.name ?? null, memberCount: 0, floor: 1 },
    ...{ createdAt: startMs, version: 1 },
  }

  let gathered: DownItem[] | undefined
  const broadcast = (...items: DownItem[]): void => {
    if (gathered) gathered.push(...items)
    else for (const socket of sockets) if (socket.isOpen && socket.isSignedIn) socket.say(...items)
  }
  const change = <Row>(make: (seq: number) => { event: Event; row: Row }): Row => {
    head += 1
    const { event, row } = make(head)
    broadcast(event)
    return row
  }
  const putMember = (user: User, memberRole: Role): MemberRow =>
    change((seq) => {
      const member = {
        ...{ userId: user.id, name: user.name, picture: user.picture },
        role: memberRole,
        joinedAt: seq,
        version: seq,
      }
      members.set(user.id, member)
      room = { ...room, memberCount: members.size, version: seq }
      return { row: member, event: { type: 'member.joined', roomId, seq, member, room } }
    })
  const post = (user: User, text: string, more: Partial<MessageRow> = {}): MessageRow =>
    change((seq) => {
      const id = more.id ?? `m${seq}`
      const createdAt = startMs + messages.length * 60_000
      const row: MessageRow = {
        ...{
          id,
          seq,
          version: seq,
          ordinal: messages.length + 1,
          textVersion: seq,
          user,
          text,
          createdAt,
          reactions: [],
        },
        ...more,
      }
      messages.push(row)
      return { row, event: { type: 'message.created', roomId, seq, message: row } }
    })
  const update = (
    id: string,
    type: MessageEvent,
    patch: (row: MessageRow, seq: number) => Partial<MessageRow>,
  ): void => {
    const at = messages.findIndex((row) => row.id === id)
    const old = messages[at]
    if (!old) throw new Error(`no message ${id}`)
    change((seq) => {
      const row = { ...old, ...patch(old, seq), version: seq }
      messages[at] = row
      return { row, event: { type, roomId, seq, message: row } }
    })
  }
  const react = (id: string, userId: string, emoji: string, on: boolean): void =>
    update(id, 'message.reacted', ({ reactions }) => {
      const rest = reactions.map((one) =>
        one.emoji === emoji ? { emoji, userIds: one.userIds.filter((other) => other !== userId) } : one,
      )
      const found = rest.find((one) => one.emoji === emoji)
      if (on && found) found.userIds.push(userId)
      else if (on) rest.push({ emoji, userIds: [userId] })
      return { reactions: rest.filter(({ userIds }) => userIds.length > 0) }
    })

  const newest = () => messages.slice(-pageSize)
  const snapshot = (): Snapshot => ({
    ...{ roomId, epoch: 'e1', head, user: viewer, room, me: members.get(viewer.id) ?? null },
    ...{
      messages: newest(),
      hasOlder: messages.length > pageSize,
      members: [...members.values()],
      membersComplete: true,
    },
  })
  const opened = (reason: 'fresh' | 'behind') => {
    const { user: _user, roomId: _room, epoch, head: at, me, ...rest } = snapshot()
    return { roomId, epoch, head: at, me, reset: { reason, ...rest } }
  }
  const page = (frame: Extract<UpFrame, { type: 'message.list' }>) => {
    const { before, after, around, limit = pageSize } = frame
    const countBelow = (seq: number): number => messages.filter((row) => row.seq < seq).length
    let first = messages.length - limit
    if (before !== undefined) first = countBelow(before) - limit
    if (after !== undefined) first = countBelow(after + 1)
    if (around !== undefined) first = messages.findIndex(({ id }) => id === around) - (limit >> 1)
    const end = Math.min(first + limit, messages.length)
    first = Math.max(0, first)
    return {
      epoch: 'e1',
      head,
      messages: messages.slice(first, end),
      hasOlder: first > 0,
      hasNewer: end < messages.length,
    }
  }

  const answer = (frame: UpFrame): unknown => {
    switch (frame.type) {
      case 'hello':
        return {
          ...{ protocol: 2, connectionId: 'c1', user: viewer, serverTime: Date.now(), expiresAt: Date.now() + 600_000 },
          ...{ heartbeatMs: 600_000 },
          limits: { textChars: 4_000, frameBytes: 65_536, roomsPerConnection: 200, page: 100 },
        }
      case 'room.open':
        return opened('fresh')
      case 'room.join':
        return { member: members.get(viewer.id) ?? putMember(viewer, 'member'), head }
      case 'message.send': {
        const row = messages.find(({ id }) => id === frame.id)
        const { id, seq } = row ?? post(viewer, frame.text, { id: frame.id, createdAt: Date.now() })
        return { id, seq }
      }
      case 'message.edit':
        update(frame.id, 'message.edited', (_row, seq) => ({
          text: frame.text ?? '',
          editedAt: Date.now(),
          textVersion: seq,
        }))
        return { id: frame.id, version: head }
      case 'message.delete':
        update(frame.id, 'message.deleted', () => ({
          text: '',
          reactions: [],
          deletedAt: Date.now(),
          deletedBy: viewer.id,
        }))
        return { id: frame.id, version: head }
      case 'message.react':
        react(frame.id, viewer.id, frame.emoji, frame.on)
        return { id: frame.id, version: head }
      case 'message.list':
        return page(frame)
      case 'member.list':
        return { epoch: 'e1', head, members: [...members.values()], hasMore: false }
      default:
        return {}
    }
  }
  const receive = (socket: Socket, frame: UpFrame): void => {
    const { ref } = frame
    const code = refusals.get(frame.type)
    if (code) {
      socket.say({ ref, error: { code, message: code, retryable: false } })
      return
    }
    if (frame.type === 'hello') socket.isSignedIn = true
    socket.say({ ref, ok: answer(frame) } as DownItem)
    if (frame.type !== 'hello') return
    for (const named of frame.rooms ?? []) {
      const items = { ...opened('behind'), type: 'room.opened' as const }
      if (named.roomId === roomId) socket.say(items)
    }
  }

  const runtime: Partial<Runtime> = {
    transport: {
      open(_url, _subprotocol, handlers) {
        const socket: Socket = {
          isOpen: false,
          isSignedIn: false,
          say: (...items) => socket.isOpen && handlers.message(JSON.stringify(items)),
          drop(closeCode) {
            if (!socket.isOpen) return
            socket.isOpen = false
            handlers.closed(closeCode, '')
          },
        }
        sockets.push(socket)
        queueMicrotask(() => {
          socket.isOpen = isReachable
          if (isReachable) handlers.opened()
          else handlers.closed(1006, '')
        })
        return {
          send(text) {
            const frame = JSON.parse(text) as UpFrame
            frames.push(frame)
            const run = (): void => receive(socket, frame)
            if (isHolding && frame.type !== 'hello') held.push(run)
            // Later, as from a network: what is pending has been painted by then.
            else setTimeout(run)
          },
          close(closeCode) {
            queueMicrotask(() => socket.drop(closeCode))
          },
        }
      },
    },
    fetch: () => Promise.reject(new TypeError('no network')),
    environment: { listen: () => () => {} },
    random: () => 0,
  }

  if (options.isMember !== false) putMember(viewer, role)
  return {
    clientOptions: { url: 'https://chat.test', getToken: () => 'token', runtime },
    sockets,
    frames,
    messages,
    openSockets: () => sockets.filter(({ isOpen }) => isOpen).length,
    snapshot,
    post,
    join: putMember,
    react,
    edit: (id, text) => update(id, 'message.edited', (_row, seq) => ({ text, editedAt: Date.now(), textVersion: seq })),
    remove: (id, deletedBy) =>
      update(id, 'message.deleted', () => ({ text: '', reactions: [], deletedAt: Date.now(), deletedBy })),
    tell: broadcast,
    inOneFrame(run) {
      const items: DownItem[] = []
      gathered = items
      run()
      gathered = undefined
      broadcast(...items)
    },
    refuse(type, code) {
      if (code) refusals.set(type, code)
      else refusals.delete(type)
    },
    hold() {
      isHolding = true
    },
    release() {
      isHolding = false
      for (const run of held.splice(0)) run()
    },
    cut() {
      isReachable = false
      for (const socket of sockets) socket.drop(1006)
    },
    heal() {
      isReachable = true
    },
  }
}

// --- types ---

type MessageEvent = 'message.edited' | 'message.deleted' | 'message.reacted'

export interface FakeServiceOptions {
  /** Who the token names. */
  viewer?: User
  role?: Role
  /** Default true. */
  isMember?: boolean
  kind?: RoomRow['kind']
  name?: string
  roomId?: string
  pageSize?: number
  /** When the first message was sent; the others follow a minute apart. */
  startMs?: number
}

interface Socket {
  isOpen: boolean
  isSignedIn: boolean
  say(...items: DownItem[]): void
  drop(code: number): void
}

export interface FakeService {
  /** For `createChatClient`. */
  clientOptions: ChatClientOptions
  /** Every socket that was ever opened. */
  sockets: readonly unknown[]
  /** Every command that came. */
  frames: readonly UpFrame[]
  messages: readonly MessageRow[]
  openSockets(): number
  /** The room as a server would render it. */
  snapshot(): Snapshot
  post(user: User, text: string, more?: Partial<MessageRow>): MessageRow
  join(user: User, role: Role): MemberRow
  react(id: string, userId: string, emoji: string, on: boolean): void
  edit(id: string, text: string): void
  remove(id: string, deletedBy: string): void
  /** Tells everybody this, as it is. */
  tell(...items: DownItem[]): void
  /** Tells everything that `run` does in one frame. */
  inOneFrame(run: () => void): void
  /** Refuses every command of a type from now on; without a code, no more. */
  refuse(type: UpFrame['type'], code?: ErrorCode): void
  /** Answers nothing until `release`. */
  hold(): void
  release(): void
  /** Every connection breaks, and none can be opened until `heal`. */
  cut(): void
  heal(): void
}
