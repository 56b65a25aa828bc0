/**
 * Outbox: what the user sent to one room and isn't known to be in its rows. First in, first out, one in flight: the next
 * message goes out only when the outcome of the one before it is known, so an outbox keeps its order without naming
 * predecessors. An unknown outcome (no answer, a fault) is asked again under the same id until it is known.
 */
import type {
  JsonObject,
  MessageCancelCommand,
  MessageRow,
  MessageSendCommand,
  MessageSendResult,
  Welcome,
} from '@parlor/protocol'
import { createBackoff } from './backoff.ts'
import type { Cancel, Clock } from './clock.ts'
import { type Deferred, defer, refuse } from './deferred.ts'
import { ChatError } from './errors.ts'
import { findMisfit } from './message-size.ts'
import type { Shelf } from './offline/shelf.ts'
import { type Content, type Entry, isShownAsRow, isStored } from './outbox-entry.ts'
import type { Link } from './patience.ts'

export interface Outbox {
  send(content: Content): Promise<MessageSendResult>
  retry(id: string): Promise<MessageSendResult>
  discard(id: string): Promise<boolean>
  /** Changes a message that was never sent; false if it was, or isn't here. */
  amend(id: string, patch: { text?: string; data?: JsonObject | null }): boolean
  /** Takes in what was kept on the device; `isFirst`: before everything that is here. */
  restore(kept: readonly Entry[], isFirst: boolean): void
  /** Another page has them now: they are its to send. */
  lose(ids: readonly string[]): void
  /** What waited for the device may go on. */
  settled(): void
  /** In the order in which they go out. The same array and the same entries until something changes. */
  entries(): readonly Entry[]
  /** Signed in: go on. */
  up(): void
  /** The connection is gone, and every question with it. */
  down(): void
  /** Rows arrived: one with an entry's id proves that it is stored. */
  saw(rows: readonly MessageRow[]): void
  /** The room's rows are complete up to here: what was stored by then is shown as a row, or deliberately not. */
  reached(seq: number): void
  /** The history that stored them is gone: their rows may never come. `only`: of these ids. */
  forgetStored(only?: ReadonlySet<string>): void
  /** Drops everything; what is unfinished rejects with this. */
  clear(error: ChatError): void
}

/** How long `rate_limited` waits when the service doesn't say. */
const DEFAULT_RATE_WAIT_MS = 1_000

/** Refusals that make an id useless, so that a retry takes a new one. */
const BURNING: ReadonlySet<ChatError['code']> = new Set(['cancelled', 'gone', 'id_conflict'])

export function createOutbox(deps: OutboxDeps): Outbox {
  const { roomId, link, clock, newId, shelf, onChange } = deps
  const backoff = createBackoff(deps.random)
  let entries: readonly Entry[] = []
  let isAsking = false
  let stopPause: Cancel | undefined
  /** Promises by id: entries are plain data. */
  const sends = new Map<string, Deferred<MessageSendResult>>()
  const discards = new Map<string, Deferred<boolean>>()

  const find = (id: string): Entry | undefined => entries.find((entry) => entry.id === id)
  const change = (next: readonly Entry[]): void => {
    entries = next
    shelf.changed(entries)
    onChange()
  }
  const update = (id: string, patch: Partial<Entry>): void =>
    change(entries.map((entry) => (entry.id === id ? { ...entry, ...patch } : entry)))
  const remove = (id: string): void => change(entries.filter((entry) => entry.id !== id))

  const settleSend = (id: string): Deferred<MessageSendResult> | undefined => {
    const found = sends.get(id)
    sends.delete(id)
    return found
  }
  const settleDiscard = (id: string): Deferred<boolean> | undefined => {
    const found = discards.get(id)
    discards.delete(id)
    return found
  }

  const stored = (id: string, seq: number): void => {
    backoff.reset()
    const { reached } = deps.position()
    if (reached === undefined || reached >= seq) remove(id)
    else update(id, { phase: 'stored', seq })
    settleSend(id)?.resolve({ id, seq })
    settleDiscard(id)?.resolve(false)
    deps.onStored()
  }
  // What is told as gone or refused must be so after a crash too: told before it is kept, it could still be sent.
  const discarded = (id: string): void => {
    const [send, discard] = [settleSend(id), settleDiscard(id)]
    remove(id)
    shelf.whenKept(() => {
      send?.reject(new ChatError('discarded'))
      discard?.resolve(true)
    })
  }
  /** It was never sent, so it is gone when the device has let go of it; if that fails, the service has to know. */
  const discardUnsent = (entry: Entry): void => {
    const { id } = entry
    remove(id)
    shelf.whenKept(() => {
      if (!shelf.isStuck(id)) discarded(id)
      else {
        change([...entries, { ...entry, phase: 'cancelling', isInDoubt: true }])
        pump()
      }
    })
  }
  /** Told when the device has it so; if that fails and the id isn't burned yet, the service has to know. */
  const failed = (id: string, error: ChatError, isBurned: boolean): void => {
    update(id, { phase: 'refused', error, isBurned, isInDoubt: false })
    deps.onFailed(error)
    shelf.whenKept(() => {
      const entry = find(id)
      if (entry?.phase !== 'refused') return
      if (mustBurn(entry)) pump()
      else tellFailed(entry, isBurned)
    })
  }
  const tellFailed = ({ id, error }: Entry, isBurned: boolean): void => {
    update(id, { phase: 'failed', isBurned })
    // What was refused has its reason.
    settleSend(id)?.reject(error as ChatError)
  }
  const mustBurn = ({ id, phase, isBurned }: Entry): boolean =>
    phase === 'refused' && !isBurned && shelf.isStuck(id, 'waiting')

  const pause = (ms: number): void => {
    stopPause?.()
    stopPause = clock.after(ms, () => {
      stopPause = undefined
      pump()
    })
  }

  const pump = (): void => {
    if (isAsking || stopPause || !link.isUp()) return
    const entry = entries.find((one) => one.phase === 'waiting' || one.phase === 'cancelling' || mustBurn(one))
    if (!entry || !shelf.mayGo(entry)) return
    const misfit = findMisfit(entry, deps.limits())
    if (entry.phase !== 'waiting') askCancel(entry)
    else if (!misfit) askSend(entry)
    else {
      failed(entry.id, misfit, false)
      pump()
    }
  }

  const askSend = (entry: Entry): void => {
    const { id, text, data, isInDoubt } = entry
    const attempt = entry.attempt + 1
    const command: MessageSendCommand = { type: 'message.send', roomId, id, text, ...(data && { data }) }
    if (attempt > 1) command.attempt = attempt
    isAsking = true
    update(id, { attempt, isInDoubt: true })
    link.ask(command, {
      ok(result) {
        isAsking = false
        if (find(id)) stored(id, result.seq)
        pump()
      },
      error(error) {
        isAsking = false
        // A refusal for now is an answer: only earlier tries can still be in doubt, and this one doesn't count.
        if (error.action === 'wait') update(id, { isInDoubt, attempt: isInDoubt ? attempt : entry.attempt })
        const current = find(id)
        // It may have been dropped, or proved to be stored by its row.
        const isOver = !current || current.phase === 'stored'
        const isDiscarded = current?.phase === 'cancelling'
        if (!isOver && isDiscarded && !(error.retryable && current.isInDoubt)) discarded(id)
        else if (!isOver && !error.retryable) failed(id, error, attempt > 1 || BURNING.has(error.code))
        if (!isOver && error.retryable) wait(error)
        pump()
      },
    })
  }

  const askCancel = ({ id }: Entry): void => {
    const command: MessageCancelCommand = { type: 'message.cancel', roomId, id }
    isAsking = true
    link.ask(command, {
      ok(result) {
        isAsking = false
        backoff.reset()
        const entry = find(id)
        if (entry && result.seq !== undefined) stored(id, result.seq)
        else if (entry?.phase === 'refused') tellFailed(entry, true)
        else if (entry) discarded(id)
        pump()
      },
      error(error) {
        isAsking = false
        const entry = find(id)
        if (error.retryable) wait(error)
        // Nothing more can be done about it, and another try takes an id that nobody else has.
        else if (entry?.phase === 'refused') tellFailed(entry, true)
        else if (entry) {
          remove(id)
          settleSend(id)?.reject(error)
          settleDiscard(id)?.reject(error)
          deps.onFailed(error)
        }
        pump()
      },
    })
  }

  /** After a break there is nothing to wait for: `up` goes on. */
  const wait = (error: ChatError): void => {
    if (!link.isUp()) return
    pause(error.action === 'wait' ? (error.retryAfterMs ?? DEFAULT_RATE_WAIT_MS) : backoff.next())
  }

  const promiseOf = (id: string): Promise<MessageSendResult> => {
    const deferred = sends.get(id) ?? defer<MessageSendResult>()
    sends.set(id, deferred)
    return deferred.promise
  }
  const enqueue = (id: string, content: Content, attempt: number, createdAt: number): Promise<MessageSendResult> => {
    const promise = promiseOf(id)
    const entry: Entry = { ...content, id, createdAt, attempt, phase: 'waiting', isInDoubt: false, isBurned: false }
    change([...entries, entry])
    pump()
    return promise
  }

  return {
    send: (content) => enqueue(newId(), content, 0, clock.now()),
    retry(id) {
      const entry = find(id)
      if (!entry) return refuse(new ChatError('message_not_found'))
      if (entry.phase === 'stored') return Promise.resolve({ id, seq: entry.seq ?? 0 })
      if (entry.phase !== 'failed') return promiseOf(id)
      const { text, data, isBurned, attempt } = entry
      remove(id)
      const content = data ? { text, data } : { text }
      return enqueue(isBurned ? newId() : id, content, isBurned ? 0 : attempt, clock.now())
    },
    discard(id) {
      const entry = find(id)
      if (!entry) return refuse(new ChatError('message_not_found'))
      if (entry.phase === 'stored') return Promise.resolve(false)
      const deferred = discards.get(id) ?? defer<boolean>()
      discards.set(id, deferred)
      // Whatever may have reached the service is taken back there: else it could still come, after its author dropped it.
      if (entry.isInDoubt || shelf.isStuck(id)) {
        update(id, { phase: 'cancelling' })
        pump()
      } else discardUnsent(entry)
      return deferred.promise
    },
    amend(id, patch) {
      const entry = find(id)
      if (entry?.phase !== 'waiting' || entry.attempt > 0) return false
      const { data: _, ...rest } = entry
      const data = patch.data === undefined ? entry.data : patch.data
      const amended: Entry = { ...rest, text: patch.text ?? entry.text, ...(data && { data }) }
      change(entries.map((other) => (other === entry ? amended : other)))
      return true
    },
    restore(kept, isFirst) {
      const fresh = kept.filter(({ id }) => !find(id))
      if (fresh.length > 0) change(isFirst ? [...fresh, ...entries] : [...entries, ...fresh])
    },
    lose(ids) {
      const lost = ids.flatMap((id) => [settleSend(id), settleDiscard(id)])
      change(entries.filter(({ id }) => !ids.includes(id)))
      for (const deferred of lost) deferred?.reject(new ChatError('connection_lost'))
    },
    settled: pump,
    entries: () => entries,
    up() {
      stopPause?.()
      stopPause = undefined
      pump()
    },
    down() {
      stopPause?.()
      stopPause = undefined
    },
    saw(rows) {
      for (const row of rows) {
        const entry = find(row.id)
        if (entry && entry.phase !== 'stored') stored(row.id, row.seq)
      }
    },
    reached(seq) {
      if (entries.some((entry) => isShownAsRow(entry, seq))) {
        change(entries.filter((entry) => !isShownAsRow(entry, seq)))
      }
    },
    forgetStored(only) {
      const isForgotten = (entry: Entry): boolean => isStored(entry) && (!only || only.has(entry.id))
      if (entries.some(isForgotten)) change(entries.filter((entry) => !isForgotten(entry)))
    },
    clear(error) {
      stopPause?.()
      stopPause = undefined
      const unfinished = [...sends.values(), ...discards.values()]
      sends.clear()
      discards.clear()
      if (entries.length > 0) change([])
      for (const { reject } of unfinished) reject(error)
    },
  }
}

// --- types ---

export interface OutboxDeps {
  roomId: string
  link: Link
  clock: Clock
  random: () => number
  newId: () => string
  /** Where it is kept. */
  shelf: Shelf
  limits: () => Welcome['limits'] | undefined
  /** How far the room's rows are complete; undefined while the room isn't followed, so that no row will come. */
  position: () => { reached: number | undefined }
  onChange(): void
  onStored(): void
  onFailed(error: ChatError): void
}
