/** RawSender sends a burst with many messages in flight, and after each break sends again what wasn't acknowledged. */
import { randomUUID } from 'node:crypto'
import { openRawSocket, RawError, type RawSocket } from '../support/service-api.ts'

/** Acknowledged seqs by message id; filled as the acks come. */
export class RawSender {
  readonly messages: readonly { id: string; text: string }[]
  readonly acked = new Map<string, number>()
  readonly #options: RawSenderOptions

  constructor(options: RawSenderOptions) {
    this.#options = options
    const { userId, count } = options
    this.messages = Array.from({ length: count }, (_, index) => ({ id: randomUUID(), text: `${userId} ${index}` }))
  }

  /** Resolves when every message was acknowledged, however often the service died meanwhile. */
  async run(): Promise<void> {
    while (this.acked.size < this.messages.length) {
      try {
        await this.#connectAndSend()
      } catch (error) {
        if (!(error instanceof RawError) && !(error instanceof Error && error.message.includes('opened'))) throw error
        if (error instanceof RawError && error.code !== 'lost') throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  async #connectAndSend(): Promise<void> {
    const { url, token, roomId } = this.#options
    const socket = await openRawSocket(url)
    try {
      await socket.ask({ type: 'hello', token })
      await this.#sendAll(socket, roomId)
    } finally {
      socket.close()
    }
  }

  async #sendAll(socket: RawSocket, roomId: string): Promise<void> {
    const flights = new Set<Promise<void>>()
    for (const { id, text } of this.messages) {
      if (this.acked.has(id)) continue
      const flight = socket.ask({ type: 'message.send', roomId, id, text }).then((result) => {
        this.acked.set(id, (result as { seq: number }).seq)
        this.#options.onAck()
      })
      // Heard below; until then nobody else may take it for unheard.
      flight.catch(() => {})
      flights.add(flight)
      void flight.finally(() => flights.delete(flight)).catch(() => {})
      if (flights.size >= IN_FLIGHT) await Promise.race(flights)
    }
    await Promise.all(flights)
  }
}

/** Enough that a group commit holds several of one sender. */
const IN_FLIGHT = 16

/** After a break; the service takes about a second to start. */
const RETRY_MS = 50

// --- types ---

export interface RawSenderOptions {
  url: string
  token: string
  userId: string
  roomId: string
  count: number
  onAck(): void
}
