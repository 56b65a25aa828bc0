/** Activity is what a participant does of its own accord: a random mix of everything that a person can do. */
import type { Message, Room } from '@parlor/client'
import type { OperationKind } from '../log.ts'
import type { Participant } from './participant.ts'
import type { Run } from './run.ts'
import { waitOr } from './waiting.ts'

export class Activity {
  readonly #run: Run
  readonly #participant: Participant
  readonly #operationsPerSecond: number
  readonly #stop = new AbortController()
  /** Messages of the room that this participant has seen, to jump back to. */
  readonly #seen = new Map<string, string[]>()
  #isAway = false

  constructor(run: Run, participant: Participant, operationsPerSecond: number) {
    this.#run = run
    this.#participant = participant
    this.#operationsPerSecond = operationsPerSecond
  }

  /** Does something now and then until the run settles. */
  async act(): Promise<void> {
    const { random } = this.#participant
    while (!this.#run.isSettling && !this.#stop.signal.aborted) {
      await waitOr((random.between(0.2, 1.8) * 1_000) / this.#operationsPerSecond, this.#stop.signal)
      const roomId = random.pick(this.#run.roomIds)
      if (!roomId || this.#run.isSettling) continue
      this.#do(this.#choose(), roomId)
      if (random.next() < SHOW_SHARE) this.#participant.show(roomId, false)
    }
  }

  /** Back to a state in which it can come to rest. */
  stop(): void {
    this.#stop.abort()
    this.#isAway = false
    this.#participant.resume()
    this.#participant.retry()
  }

  /** What nobody has done in this run comes first, half of the time: a short run does everything, too. */
  #choose(): What {
    const { random } = this.#participant
    const missing = KINDS.filter((kind) => !this.#run.recorder.hasBegun(kind))
    return (random.next() < 0.5 && random.pick(missing)) || random.pickWeighted(WEIGHTS)
  }

  #do(what: What, roomId: string): void {
    const room = this.#participant.room(roomId)
    if (what === 'send') this.#send(room)
    else if (what === 'burst')
      for (let left = 2 + this.#participant.random.next() * 3; left > 0; left--) this.#send(room)
    else if (what === 'edit') this.#edit(room)
    else if (what === 'delete' || what === 'react' || what === 'discard' || what === 'retry') this.#change(what, room)
    else if (what === 'older') this.#follow('older', room, room.loadOlder)
    else if (what === 'newer') this.#follow('newer', room, room.loadNewer)
    else if (what === 'latest') this.#follow('latest', room, room.jumpToLatest)
    else if (what === 'jump') this.#jump(room)
    else this.#disturb(what)
  }

  #send(room: Room): void {
    const { recorder } = this.#run
    const { name, user, random } = this.#participant
    const text = `${recorder.nextOperation} ${name} ${random.pick(PHRASES)}`
    // The client makes the id as it takes the message, and shows it at once.
    const message = this.#run.newId()
    const op = recorder.begin({ client: name, user: user.id, kind: 'send', room: room.id, message, text })
    this.#participant.send(room.id, message, text).then(
      ({ seq }) => recorder.succeed(op, { seq }),
      (error: unknown) => recorder.end(op, error),
    )
  }

  #edit(room: Room): void {
    const message = this.#pick(room, (one) => this.#isOwn(one) && one.status === 'sent')
    if (!message) return
    const { recorder } = this.#run
    const text = `${recorder.nextOperation} ${this.#participant.name} edited`
    void this.#log('edit', room, { message: message.id, text }, () => room.edit(message.id, text))
  }

  #change(kind: 'delete' | 'react' | 'discard' | 'retry', room: Room): void {
    const { random } = this.#participant
    const message = this.#pick(room, (one) => this.#suits(kind, one))
    if (!message) return
    const { id } = message
    if (kind === 'delete') void this.#log(kind, room, { message: id }, () => room.remove(id))
    else if (kind === 'react') {
      const emoji = random.pick(EMOJI) ?? ''
      const on = random.next() < 0.7
      void this.#log(kind, room, { message: id, emoji, on }, () => room.react(id, emoji, on))
    } else if (kind === 'retry') {
      void this.#log(
        kind,
        room,
        { message: id },
        () => room.retry(id),
        (result) => ({ message: result.id, seq: result.seq }),
      )
    } else {
      void this.#log(
        kind,
        room,
        { message: id },
        () => room.discard(id),
        (isDiscarded) => ({ isDiscarded }),
      )
    }
  }

  #jump(room: Room): void {
    for (const { id, seq } of room.getSnapshot().messages) if (seq !== undefined) this.#remember(room.id, id)
    const id = this.#participant.random.pick(this.#seen.get(room.id) ?? [])
    if (id) void this.#log('jump', room, { message: id }, () => room.jumpTo(id))
  }

  #remember(roomId: string, id: string): void {
    const seen = this.#seen.get(roomId) ?? []
    if (!seen.includes(id)) seen.push(id)
    this.#seen.set(roomId, seen)
  }

  #disturb(what: 'cut' | 'pause' | 'disconnect' | 'reload'): void {
    const participant = this.#participant
    const { recorder } = this.#run
    const who = { client: participant.name, user: participant.user.id }
    const note = (kind: OperationKind): void => recorder.succeed(recorder.begin({ ...who, kind }))
    if (what === 'cut') {
      note('cut')
      const roomId = participant.random.next() < 0.7 && participant.random.pick(this.#run.roomIds)
      if (roomId) {
        // It may have to wait for the device, or for its turn.
        participant.cutBehindSend()
        this.#send(participant.room(roomId))
      } else participant.cut()
    } else if (what === 'reload') {
      note('reload')
      participant.reload()
    } else if (what === 'pause') {
      note('pause')
      participant.pause()
      void this.#later(200, 2_000).then(() => participant.resume())
    } else if (!this.#isAway) {
      this.#isAway = true
      note('disconnect')
      participant.disconnect()
      void this.#later(200, 2_000).then(() => {
        if (!this.#isAway) return
        this.#isAway = false
        note('connect')
        participant.connect()
      })
    }
  }

  #later(lowMs: number, highMs: number): Promise<void> {
    return waitOr(this.#participant.random.between(lowMs, highMs), this.#stop.signal)
  }

  #follow(kind: OperationKind, room: Room, run: () => Promise<void>): void {
    void this.#log(kind, room, {}, run)
  }

  #log<T>(
    kind: OperationKind,
    room: Room,
    more: { message?: string; text?: string; emoji?: string; on?: boolean },
    run: () => Promise<T>,
    read?: (result: T) => { message?: string; seq?: number; isDiscarded?: boolean },
  ): Promise<unknown> {
    const { name, user } = this.#participant
    return this.#run.recorder.follow({ client: name, user: user.id, kind, room: room.id, ...more }, run, read)
  }

  #pick(room: Room, suits: (message: Message) => boolean): Message | undefined {
    return this.#participant.random.pick(room.getSnapshot().messages.filter(suits))
  }

  #suits(kind: 'delete' | 'react' | 'discard' | 'retry', message: Message): boolean {
    if (kind === 'delete') return this.#isOwn(message) && message.status === 'sent'
    if (kind === 'react') return message.status === 'sent'
    if (kind === 'retry') return message.status === 'failed'
    return message.status === 'failed' || message.status === 'pending'
  }

  #isOwn(message: Message): boolean {
    return message.user.id === this.#participant.user.id
  }
}

/** How often each is done, as shares: mostly what people do mostly, and everything often enough for a short run. */
const WEIGHTS = {
  ...{ send: 26, burst: 4, edit: 12, delete: 5, react: 16, discard: 4, retry: 6 },
  ...{ older: 7, newer: 3, jump: 4, latest: 4, cut: 4, pause: 2, disconnect: 2, reload: 1 },
}

type What = keyof typeof WEIGHTS

const KINDS: readonly Exclude<What, 'burst'>[] = (Object.keys(WEIGHTS) as What[]).filter((what) => what !== 'burst')

/** How often what is shown is logged after an operation. */
const SHOW_SHARE = 0.25

const PHRASES = [
  'says hello',
  'asks: tea?',
  'schreibt öfter',
  '発言',
  '👋🏽 waves',
  `tells\na longer story ${'word '.repeat(40)}`,
]

const EMOJI = ['👍', '👋🏽', '🎉', ':shipit:']
