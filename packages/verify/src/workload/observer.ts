/**
 * Observer reads one room over a raw socket and does nothing else. One that `stays` sees every change as it comes; one
 * that doesn't goes away and comes back, often to a place that lies far behind.
 */
import type { Position, WireItem } from '../log.ts'
import { socketUrl } from './address.ts'
import type { Random } from './random.ts'
import { openRaw, type RawConnection } from './raw-connection.ts'
import { RecordingTransport } from './recording-transport.ts'
import type { Run } from './run.ts'
import { waitOr } from './waiting.ts'

export class Observer {
  readonly roomId: string
  readonly #run: Run
  readonly #user: { id: string; name: string }
  readonly #stays: boolean
  readonly #random: Random
  readonly #transport: RecordingTransport
  readonly #stop = new AbortController()
  /** Places that it has been at, the newest last. */
  #places: Place[] = []
  #connection: RawConnection | undefined

  constructor(run: Run, { roomId, user, name, stays, random }: ObserverOptions) {
    this.#run = run
    this.roomId = roomId
    this.#user = user
    this.#stays = stays
    this.#random = random
    this.#transport = new RecordingTransport(run.recorder, { client: name, user: user.id })
  }

  /** Where it stands. */
  get position(): Position | undefined {
    return this.#connection?.isOpen ? this.#places.at(-1) : undefined
  }

  /** Follows the room until `stop`, over every break. */
  async follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const connection = await this.#connect()
        const leave = (): void => {
          if (!this.#stays && !this.#run.isSettling) connection.close()
        }
        const timer = setTimeout(leave, this.#random.between(300, 2_500))
        await connection.closed
        clearTimeout(timer)
      } catch {
        // Refused or lost: what the wire said is in the log.
      }
      await waitOr(RETRY_MS, this.#stop.signal)
    }
  }

  /** As a network does that goes away. */
  cut(): void {
    this.#transport.cut()
  }

  stop(): void {
    this.#stop.abort()
    this.#connection?.close()
  }

  async #connect(): Promise<RawConnection> {
    const place = this.#choosePlace()
    const rooms = place ? [{ roomId: this.roomId, ...place }] : []
    const token = await this.#run.tokenFor(this.#user)
    const connection = await openRaw({
      ...{ transport: this.#transport, url: socketUrl(this.#run.url), token, rooms },
      onItem: (item) => this.#read(item),
    })
    this.#connection = connection
    if (this.#stop.signal.aborted) connection.close()
    const open = { type: 'room.open', roomId: this.roomId, limit: PAGE }
    if (!place) await connection.ask(open, (opened) => this.#opened(opened))
    return connection
  }

  #choosePlace(): Place | undefined {
    if (this.#stays || this.#random.next() < 0.4) return this.#places.at(-1)
    // Now and then it comes for the first time.
    return this.#random.next() < 0.1 ? undefined : this.#random.pick(this.#places)
  }

  #read(item: WireItem): void {
    if (item.type === 'room.opened') this.#opened(item)
    else if (item.type === 'room.range') this.#reach({ epoch: item.epoch, seq: item.to }, item.messages)
    else if (item.type === 'room.closed') this.#connection?.close()
    else if (typeof item.seq === 'number') {
      const epoch = item.epoch ?? this.#places.at(-1)?.epoch ?? ''
      this.#reach({ epoch, seq: item.seq }, item.message ? [item.message] : [])
    }
  }

  #opened({ epoch, head, range, reset }: WireItem): void {
    // What it held before a reset is of another history.
    if (reset) this.#places = []
    this.#reach({ epoch, seq: head }, (range ?? reset)?.messages ?? [])
  }

  #reach({ epoch, seq }: Position, messages: WireItem[]): void {
    const seen = [
      this.#places.at(-1)?.newest,
      ...messages.map((message) => ({ seq: message.seq ?? 0, id: message.id })),
    ]
    const last = seen
      .filter((message) => message !== undefined && message.seq <= seq)
      .sort((one, other) => (one?.seq ?? 0) - (other?.seq ?? 0))
      .at(-1)
    this.#places.push({ epoch, seq, ...(last && { newest: last }) })
  }
}

/** After a connection ended, before the next one, in ms: an observer that is away sees nothing. */
const RETRY_MS = 250

const PAGE = 20

// --- types ---

export interface ObserverOptions {
  roomId: string
  user: { id: string; name: string }
  /** Its name in the log. */
  name: string
  stays: boolean
  random: Random
}

interface Place extends Position {
  newest?: { seq: number; id: string }
}
