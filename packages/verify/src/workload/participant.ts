/** Participant is one client of one person: a real @parlor/client whose sockets are recorded. */
import { type ChatClient, createChatClient, type Message, type Room } from '@parlor/client'
import type { Shown, ShownMessage } from '../log.ts'
import { Device, type DevicePage } from './device.ts'
import { Positions } from './positions.ts'
import type { Random } from './random.ts'
import { globalTransport, RecordingTransport } from './recording-transport.ts'
import type { Run, User } from './run.ts'

export class Participant {
  readonly name: string
  readonly user: User
  readonly random: Random
  readonly #run: Run
  readonly #device = new Device()
  #client: ChatClient
  #transport: RecordingTransport
  #positions = new Positions()
  #page: DevicePage
  #nextId: string | undefined
  #isStopped = false

  constructor(run: Run, { name, user, random }: { name: string; user: User; random: Random }) {
    this.name = name
    this.user = user
    this.random = random
    this.#run = run
    this.#page = this.#device.openPage()
    ;({ client: this.#client, transport: this.#transport } = this.#create())
  }

  room(roomId: string): Room {
    return this.#client.room(roomId)
  }

  /** Sends under this id. Throws if the client doesn't show it at once. */
  send(roomId: string, id: string, text: string): Promise<{ seq: number }> {
    this.#nextId = id
    const sent = this.room(roomId).send(text)
    if (!this.#messages(roomId).some((message) => message.id === id))
      throw new Error(`${this.name} doesn't show the message ${id} that it has just sent.`)
    return sent
  }

  /** Opens every room, and looks at who is there. */
  open(): void {
    for (const roomId of this.#run.roomIds) {
      this.room(roomId).open()
      this.room(roomId).presence.subscribe(() => {})
    }
  }

  /** Its user was let into the room again. */
  reopen(roomId: string): void {
    if (this.room(roomId).getSnapshot().status === 'denied') this.room(roomId).open()
  }

  connect(): void {
    this.#client.connect()
  }

  disconnect(): void {
    this.#client.disconnect()
  }

  /** The network is there again, and the page noticed. */
  retry(): void {
    this.#client.connect()
    this.#client.retry()
  }

  cut(): void {
    this.#transport.cut()
  }

  /** Cuts its connection right behind the next message that goes out. */
  cutBehindSend(): void {
    this.#transport.cutBehind('message.send')
  }

  pause(): void {
    this.#transport.pause()
  }

  resume(): void {
    this.#transport.resume()
  }

  /** A page is reloaded: another client in its place, with nothing but what its device kept. */
  reload(): void {
    const pending = this.#run.roomIds.flatMap((room) =>
      this.#messages(room)
        .filter(({ status }) => status === 'pending')
        .map(({ id }) => ({ room, message: id })),
    )
    this.#page.die()
    this.#client.destroy()
    this.#transport.resume()
    this.#positions = new Positions()
    this.#page = this.#device.openPage()
    ;({ client: this.#client, transport: this.#transport } = this.#create())
    this.#run.recorder.write({ type: 'reloaded', client: this.name, keepsStorage: true, pending })
    this.open()
  }

  stop(): void {
    this.#isStopped = true
    this.#client.destroy()
  }

  /** Whether it is live in a room, and nothing that it did is still under way there. */
  isAtRest(roomId: string): boolean {
    const { status, messages } = this.room(roomId).getSnapshot()
    return status === 'live' && messages.every((message) => message.status !== 'pending' && !message.isChanging)
  }

  /** Who is shown as there, by id; undefined where that isn't known. */
  presentIn(roomId: string): ReadonlySet<string> | undefined {
    const { isLoading, isComplete, isDegraded, online } = this.room(roomId).presence.getSnapshot()
    return isLoading || isDegraded || !isComplete ? undefined : new Set(online.map(({ id }) => id))
  }

  positionIn(roomId: string) {
    return this.#positions.of(roomId)
  }

  /** Logs what a room shows. Unless it is the last look, only while it is live: nothing else claims to be complete. */
  show(roomId: string, isFinal: boolean): void {
    const snapshot = this.room(roomId).getSnapshot()
    const position = this.#positions.of(roomId)
    if (this.#isStopped || (!isFinal && (snapshot.status !== 'live' || !position))) return
    const { status, room: row, me, members, membersComplete, hasOlder, hasNewer, messages } = snapshot
    const shown: Omit<Shown, 'at'> = {
      type: 'shown',
      ...{ client: this.name, user: this.user.id, room: roomId, isFinal, status },
      ...(position && { position }),
      ...{ row, me, members, membersComplete, hasOlder, hasNewer, messages: messages.map(readMessage) },
    }
    this.#run.recorder.write(shown)
  }

  #takeId(): string {
    const id = this.#nextId ?? this.#run.newId()
    this.#nextId = undefined
    return id
  }

  #messages(roomId: string): readonly Message[] {
    return this.room(roomId).getSnapshot().messages
  }

  #create() {
    const { name, user, random } = this
    const runtime = this.#run.runtimeFor(name)
    const positions = this.#positions
    const { openStorage } = this.#page
    const transport = new RecordingTransport(
      this.#run.recorder,
      {
        client: name,
        user: user.id,
        onSent: (item) => positions.sent(item),
        onReceived: (items) => positions.received(items),
      },
      runtime.transport ?? globalTransport,
    )
    const client = createChatClient({
      url: this.#run.url,
      getToken: () => this.#run.tokenFor(user),
      userId: user.id,
      pageSize: PAGE,
      runtime: {
        environment: SILENT,
        random: () => random.next(),
        ...runtime,
        openStorage,
        newId: () => this.#takeId(),
        transport,
      },
    })
    return { client, transport }
  }
}

function readMessage(message: Message): ShownMessage {
  const { id, status, isChanging, seq, version, user, text, editedAt, deletedAt, deletedBy, reactions, error } = message
  return {
    ...{ id, status, isChanging },
    ...(seq !== undefined && { seq }),
    ...(version !== undefined && { version }),
    ...{ user: user.id, text },
    ...(editedAt !== undefined && { editedAt }),
    ...(deletedAt !== undefined && { deletedAt }),
    ...(deletedBy !== undefined && { deletedBy }),
    reactions: reactions.map(({ emoji, userIds }) => ({ emoji, userIds: [...userIds] })),
    ...(error && { error: error.code }),
  }
}

/** No page tells a client of its network: the workload does. */
const SILENT = { listen: () => () => {} }

/** Small, so that a short run pages. */
const PAGE = 20
