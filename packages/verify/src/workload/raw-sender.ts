/**
 * RawSender writes over a raw socket what no client of ours would: several messages at once, the same one twice, and an
 * id again with another text. Every one of its messages keeps its id until its outcome is known.
 */
import { ChatError } from '@parlor/client'
import { socketUrl } from './address.ts'
import type { Random } from './random.ts'
import { openRaw, type RawConnection } from './raw-connection.ts'
import { RecordingTransport } from './recording-transport.ts'
import type { Run, User } from './run.ts'
import { waitOr } from './waiting.ts'

export class RawSender {
  readonly #run: Run
  readonly #user: User
  readonly #random: Random
  readonly #transport: RecordingTransport
  readonly #stop = new AbortController()
  #connection: RawConnection | undefined
  #opening: Promise<RawConnection> | undefined

  constructor(run: Run, user: User, random: Random) {
    this.#run = run
    this.#user = user
    this.#random = random
    this.#transport = new RecordingTransport(run.recorder, { client: CLIENT, user: user.id })
  }

  /** Sends a batch now and then until the run settles; what it began it ends. */
  async send(): Promise<void> {
    while (!this.#run.isSettling && !this.#stop.signal.aborted) {
      const room = this.#random.pick(this.#run.roomIds)
      if (room) await this.#sendBatch(room)
      await waitOr(this.#random.between(300, 1_500), this.#stop.signal)
    }
    this.stop()
  }

  cut(): void {
    this.#transport.cut()
  }

  stop(): void {
    this.#stop.abort()
    this.#connection?.close()
  }

  async #sendBatch(room: string): Promise<void> {
    let before: Draft | undefined
    const drafts = Array.from({ length: 1 + Math.floor(this.#random.next() * 3) }, () => {
      const text = `${this.#run.recorder.nextOperation} ${this.#user.name} by wire`
      const draft: Draft = { room, id: this.#run.newId(), text, after: before?.id, tries: 0, op: 0 }
      const { id } = draft
      draft.op = this.#run.recorder.begin({
        client: CLIENT,
        user: this.#user.id,
        kind: 'send',
        room,
        message: id,
        text,
      })
      before = draft
      return draft
    })
    const repeated = this.#random.next() < 0.3 ? this.#random.pick(drafts) : undefined
    let left = drafts
    while (left.length > 0 && !this.#stop.signal.aborted) left = await this.#try(left, repeated)
    const [first] = drafts
    // Its outcome is known by now: the service must refuse another text under its id.
    if (first && left.length === 0 && this.#random.next() < 0.3) {
      await this.#ask(first, { text: `${first.text}, changed` }).catch(() => undefined)
    }
  }

  /** Sends these, in order and without waiting, and gives back those whose outcome isn't known. */
  async #try(drafts: readonly Draft[], repeated: Draft | undefined): Promise<Draft[]> {
    const { recorder } = this.#run
    const asked = drafts.map((draft) => {
      const answer = this.#ask(draft)
      // The copy is judged by what the wire answers.
      if (draft === repeated) this.#ask(draft).catch(() => undefined)
      return answer
    })
    const answers = await Promise.allSettled(asked)
    const left: Draft[] = []
    let waitMs = 0
    for (const [index, answer] of answers.entries()) {
      const draft = drafts[index] as Draft
      if (answer.status === 'fulfilled') recorder.succeed(draft.op, { seq: answer.value })
      else if (isFinal(answer.reason)) {
        recorder.end(draft.op, answer.reason)
        for (const later of drafts) if (later.after === draft.id) later.after = draft.after
      } else {
        left.push(draft)
        const { retryAfterMs = RETRY_MS } = answer.reason as ChatError
        waitMs = Math.max(waitMs, retryAfterMs)
      }
    }
    if (left.length > 0) await waitOr(waitMs, this.#stop.signal)
    return left
  }

  async #ask(draft: Draft, { text = draft.text }: { text?: string } = {}): Promise<number> {
    const connection = await this.#connect()
    draft.tries += 1
    const { room: roomId, id, after, tries } = draft
    const command = {
      type: 'message.send',
      roomId,
      id,
      text,
      ...(after && { after }),
      ...(tries > 1 && { attempt: tries }),
    }
    return (await connection.ask(command)).seq ?? 0
  }

  /** One socket for all. */
  #connect(): Promise<RawConnection> {
    if (!this.#opening || this.#connection?.isOpen === false) this.#opening = this.#open()
    return this.#opening
  }

  async #open(): Promise<RawConnection> {
    try {
      this.#connection = undefined
      const token = await this.#run.tokenFor(this.#user)
      this.#connection = await openRaw({ transport: this.#transport, url: socketUrl(this.#run.url), token })
      return this.#connection
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof ChatError && !error.retryable
}

const CLIENT = 'wire'

/** After a lost connection or a refusal that passes, in ms. */
const RETRY_MS = 250

// --- types ---

interface Draft {
  room: string
  id: string
  text: string
  /** The message before it in its batch. */
  after: string | undefined
  tries: number
  op: number
}
