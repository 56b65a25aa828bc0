/** SlowReader follows a room on a socket that stops reading, and comes back where it was. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Unit } from './unit.ts'

export class SlowReader {
  readonly #unit: Unit
  readonly #roomId: string
  readonly #userId: string
  readonly #seen = new Set<number>()
  #socket: WebSocket | undefined
  #position: Position | undefined

  private constructor(unit: Unit, roomId: string, userId: string) {
    this.#unit = unit
    this.#roomId = roomId
    this.#userId = userId
  }

  /** Signs in and opens the room. */
  static async open(unit: Unit, roomId: string, userId: string): Promise<SlowReader> {
    const reader = new SlowReader(unit, roomId, userId)
    await reader.#open()
    return reader
  }

  pause(): void {
    this.#socket?.pause()
  }

  /** Reads what is left, opens the room where that ended, and says which of these changes it was never given. */
  async comeBack(seqs: readonly number[]): Promise<number[]> {
    const old = this.#socket
    old?.resume()
    if (old && old.readyState !== WebSocket.CLOSED) await once(old, 'close')
    const isGiven = await this.#open()
    this.#socket?.terminate()
    return seqs.filter((seq) => !this.#seen.has(seq) && !isGiven(seq))
  }

  /** The answer says which changes it gives: those of its range, or all of them with a fresh start. */
  async #open(): Promise<(seq: number) => boolean> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#unit.port}/v1/ws`, 'parlor.v1')
    this.#socket = socket
    socket.on('error', () => {})
    const opened = new Promise<Opened>((resolve, reject) => {
      socket.on('close', () => reject(new Error('The slow reader was closed before its room was open.')))
      socket.on('message', (data) => {
        for (const item of JSON.parse(String(data)) as Item[]) {
          if (item.ref === OPEN_REF && item.ok) resolve(item.ok)
          else if (item.ref === undefined) this.#take(item)
        }
      })
    })
    opened.catch(() => {})
    await once(socket, 'open')
    const token = this.#unit.chatToken({ id: this.#userId, name: this.#userId })
    const since = this.#position && { since: this.#position }
    socket.send(JSON.stringify({ type: 'hello', ref: 1, token }))
    socket.send(JSON.stringify({ type: 'room.open', ref: OPEN_REF, roomId: this.#roomId, limit: 1, ...since }))
    const { epoch, head, range } = await opened
    const from = this.#position?.seq ?? 0
    this.#position = { epoch, seq: Math.max(head, from) }
    if (!range) return () => true
    const rows = new Set(range.messages.map(({ seq }) => seq))
    return (seq) => rows.has(seq) && range.from <= from
  }

  #take({ type, seq, roomId, to, messages, epoch }: Item): void {
    if (roomId !== this.#roomId || !this.#position) return
    if (type === 'room.range' && to !== undefined) {
      for (const row of messages ?? []) this.#seen.add(row.seq)
      this.#position = { epoch: epoch ?? this.#position.epoch, seq: to }
    } else if (seq !== undefined) {
      this.#seen.add(seq)
      this.#position = { epoch: epoch ?? this.#position.epoch, seq }
    }
  }
}

const OPEN_REF = 2

// --- types ---

interface Position {
  epoch: string
  seq: number
}

interface Opened extends Position {
  head: number
  range?: { from: number; messages: { seq: number }[] }
}

interface Item {
  ref?: number
  ok?: Opened
  type?: string
  roomId?: string
  seq?: number
  to?: number
  epoch?: string
  messages?: { seq: number }[]
}
