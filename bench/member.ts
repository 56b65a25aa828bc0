/** Member is one connection of the generator: it checks every message that arrives for loss, order and repetition. */
import { connect, type Socket } from 'node:net'
import type { Dialect, Position } from './dialect.ts'
import { clientFrame, type FrameListener, FrameReader, pongFrame } from './frame.ts'
import { findPayload, makePayload, PAYLOAD_BYTES, readCounter, readSender } from './payload.ts'
import type { Tally } from './tally.ts'

export class Member implements FrameListener {
  readonly #options: MemberOptions
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  /** The number that each sender's next message must have. */
  readonly #expected: Int32Array
  #head = ''
  #phase: 'upgrading' | 'joining' | 'joined' | 'closed' = 'upgrading'
  #now = 0
  #onJoined: () => void = () => {}
  #onFailed: (error: Error) => void = () => {}
  /** Messages sent so far. */
  sent = 0
  /** Messages answered so far. */
  answered = 0
  /** The frame that said that it is in its room. */
  opened = ''
  /** The seq of the newest message that came; kept where `onEnd` is given. */
  seq = 0

  constructor(options: MemberOptions) {
    this.#options = options
    this.#expected = Int32Array.from({ length: options.senders }, (_, sender) => options.seen?.[sender] ?? 0)
    this.#socket = connect({
      port: options.port,
      host: '127.0.0.1',
      noDelay: true,
      // One buffer for all sockets: what is read is looked at once, and not kept.
      onread: { buffer: SHARED, callback: (length) => this.#read(length) },
    })
    this.#socket.on('connect', () => this.#socket.write(`${options.dialect.upgrade(options.room)}${HEADERS}`))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** Resolves when the connection is in its room. Rejects when it doesn't get there. */
  join(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onJoined = resolve
      this.#onFailed = reject
    })
  }

  /** Sends its next message, which was due at `dueMs`. */
  send(dueMs: number): void {
    const { dialect, room, tally, senderIndex = 0, roomIndex } = this.#options
    const counter = this.sent++
    tally.scheduled(roomIndex, senderIndex, counter, dueMs)
    this.#socket.write(clientFrame(dialect.message(room, counter, makePayload(senderIndex, counter))))
  }

  /** How many of a sender's messages arrived, or were skipped. */
  seenOf(sender: number): number {
    return this.#expected[sender] ?? 0
  }

  /** Stops reading: what comes stays in the kernel, and then in the server. */
  pause(): void {
    this.#socket.pause()
  }

  /** Reads again. */
  resume(): void {
    this.#socket.resume()
  }

  /** Cuts the connection without the minute that TCP would keep its port. */
  close(): void {
    this.#phase = 'closed'
    this.#socket.resetAndDestroy()
  }

  onMessage(data: Buffer, start: number, end: number): void {
    if (this.#phase !== 'joined') this.#greet(data.toString('latin1', start, end))
    if (this.#phase !== 'joined') return
    if (end - start < SHORT) this.#answer(data.toString('latin1', start, end))
    else this.#scan(data, start, end)
  }

  onPing(payload: Buffer): void {
    this.#socket.write(pongFrame(payload))
  }

  onClose(code: number): void {
    this.#fail(new Error(`the server closed with ${code}`))
  }

  #read(length: number): boolean {
    this.#now = performance.now()
    try {
      const chunk = SHARED.subarray(0, length)
      if (this.#phase === 'upgrading') this.#upgrade(chunk)
      else if (this.#phase !== 'closed') this.#reader.push(chunk, this)
    } catch (error) {
      this.#fail(error as Error)
    }
    return true
  }

  #upgrade(chunk: Buffer): void {
    this.#head += chunk.toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end < 0) return
    if (!this.#head.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${this.#head.slice(0, 200)}`)
    const { dialect, user, room, position } = this.#options
    const rest = Buffer.from(this.#head.slice(end + 4), 'latin1')
    this.#head = ''
    this.#phase = 'joining'
    const greeting = dialect.greeting?.(user, room, position)
    if (greeting) this.#socket.write(clientFrame(greeting))
    this.#reader.push(rest, this)
  }

  #greet(text: string): void {
    this.#answer(text)
    if (!this.#options.dialect.isReady(text)) return
    this.opened = this.#options.keepsOpened ? text : ''
    this.#phase = 'joined'
    this.#onJoined()
  }

  #answer(text: string): void {
    const answer = this.#options.dialect.answer(text)
    if (answer !== undefined) this.#socket.write(clientFrame(answer))
  }

  #scan(data: Buffer, start: number, end: number): void {
    const { tally, roomIndex, dialect, senderIndex } = this.#options
    let last = -1
    for (let at = findPayload(data, start, end, start + tally.lead); at >= 0; ) {
      if (last < 0) tally.lead = at - start
      else tally.stride = Math.min(tally.stride, at - last)
      last = at
      const sender = readSender(data, at)
      const counter = readCounter(data, at)
      const expected = this.#expected[sender] ?? 0
      if (counter === expected) tally.delivered(roomIndex, sender, counter, this.#now)
      else if (counter > expected) tally.skipped += counter - expected
      else tally.repeated++
      if (counter >= expected) this.#expected[sender] = counter + 1
      at = findPayload(data, at + PAYLOAD_BYTES, end, at + tally.stride)
    }
    if (this.#options.onEnd && last >= 0) this.#readSeq(data, last, end)
    if (dialect.hasAcks && senderIndex !== undefined) this.#scanReplies(data, start, end)
  }

  /** Behind the text of a message come its own fields; before it, its place: `"seq":12`. */
  #readSeq(data: Buffer, payload: number, end: number): void {
    const at = data.lastIndexOf(SEQ, payload)
    if (at >= 0 && at < end)
      this.seq = Number.parseInt(data.toString('latin1', at + SEQ.length, at + SEQ.length + 16), 10)
  }

  /** Replies look like `{"ref":7,"ok":…` or `{"ref":7,"error":…`. */
  #scanReplies(data: Buffer, start: number, end: number): void {
    const { tally, roomIndex, senderIndex = 0 } = this.#options
    for (let at = data.indexOf(REF, start); at >= 0 && at < end; at = data.indexOf(REF, at + REF.length)) {
      let ref = 0
      let i = at + REF.length
      for (; data[i] !== COMMA; i++) ref = ref * 10 + (data[i] ?? 0) - 48
      // The greeting's.
      if (ref === 0) continue
      if (ref === this.answered + 1) this.answered = ref
      else tally.broke(new Error('an answer that was not the next one'))
      if (data[i + 2] === LETTER_O) tally.acked(roomIndex, senderIndex, ref - 1, this.#now)
      else tally.refused(/"code":"(\w+)"/.exec(data.toString('latin1', at, end))?.[1] ?? 'an unknown answer')
    }
  }

  #fail(error: Error): void {
    if (this.#phase === 'closed') return
    const isJoined = this.#phase === 'joined'
    this.#phase = 'closed'
    this.#socket.destroy()
    if (isJoined && this.#options.onEnd) this.#options.onEnd(error)
    else if (isJoined) this.#options.tally.broke(error)
    else this.#onFailed(error)
  }
}

const SHARED = Buffer.allocUnsafeSlow(65_536)
const SEQ = Buffer.from('"seq":')
const REF = Buffer.from('{"ref":')
const COMMA = 44
const LETTER_O = 111

/** A shorter frame than a payload is no message. */
const SHORT = 16

const HEADERS = `Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.from('0123456789abcdef').toString('base64')}\r\n\r\n`

// --- types ---

export interface MemberOptions {
  port: number
  dialect: Dialect
  tally: Tally
  user: string
  room: string
  roomIndex: number
  /** How many of the room's members send. */
  senders: number
  /** Which of them this one is; undefined if it only listens. */
  senderIndex: number | undefined
  position?: Position | undefined
  /** How many messages of each sender came over an earlier connection. */
  seen?: readonly number[]
  /** Told when the connection is lost, which is no problem then. */
  onEnd?: (error: Error) => void
  /** Whether `opened` is wanted. */
  keepsOpened?: boolean
}
