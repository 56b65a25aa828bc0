/** Changes: the user's edits, deletions and reactions that are shown already and not yet known to be in the rows. */
import type {
  Command,
  JsonObject,
  MessageChangeResult,
  MessageDeleteCommand,
  MessageEditCommand,
  MessageReactCommand,
} from '@parlor/protocol'
import type { Clock } from './clock.ts'
import { type Deferred, defer } from './deferred.ts'
import type { ChatError } from './errors.ts'
import type { Patience } from './patience.ts'

export interface Changes {
  /** Each is shown at once; resolves when it is stored; rejects, and is taken back, when it is refused. */
  edit(id: string, textVersion: number, patch: EditPatch): Promise<void>
  remove(id: string): Promise<void>
  react(id: string, emoji: string, on: boolean): Promise<void>
  /** What to show over a message's row, oldest first. The same array until something changes. */
  over(id: string): readonly Change[]
  /** The room's rows are complete up to here: changes that were stored by then are in them. */
  reached(seq: number): void
  /** The history that stored them is gone: they may never be in the rows. */
  forgetStored(): void
  clear(error: ChatError): void
}

export function createChanges(deps: ChangesDeps): Changes {
  const { roomId, patience, clock, newId, onChange } = deps
  /** By message, in the order in which they were made. One of a message is under way at a time. */
  const queues = new Map<string, readonly Task[]>()
  const shown = new Map<string, readonly Change[]>()

  const setQueue = (id: string, tasks: readonly Task[]): void => {
    if (tasks.length === 0) {
      queues.delete(id)
      shown.delete(id)
    } else {
      queues.set(id, tasks)
      const changes = tasks.map(({ change }) => change)
      shown.set(id, changes)
    }
    onChange()
  }
  const drop = (id: string, task: Task): void =>
    setQueue(
      id,
      (queues.get(id) ?? []).filter((other) => other !== task),
    )

  const pump = (id: string): void => {
    const task = queues.get(id)?.find(({ storedAt }) => storedAt === undefined)
    if (!task || task.isAsked) return
    task.isAsked = true
    patience.ask(task.command, {
      ok(result: MessageChangeResult) {
        task.storedAt = result.version
        const { reached } = deps.position()
        if (reached === undefined || reached >= result.version) drop(id, task)
        task.deferred.resolve()
        deps.onStored()
        pump(id)
      },
      error(error) {
        drop(id, task)
        task.deferred.reject(error)
        deps.onFailed(error)
        pump(id)
      },
    })
  }
  const add = (id: string, change: Change, command: () => ChangeCommand): Promise<void> => {
    const task: Task = { change, command, isAsked: false, deferred: defer<void>() }
    setQueue(id, [...(queues.get(id) ?? []), task])
    pump(id)
    return task.deferred.promise
  }

  const keep = (isKept: (task: Task) => boolean): void => {
    for (const [id, tasks] of queues) {
      const rest = tasks.filter(isKept)
      if (rest.length < tasks.length) setQueue(id, rest)
    }
  }

  return {
    edit(id, textVersion, { text, data }) {
      const change: Change = { kind: 'edit', at: clock.now(), ...pick(text, data) }
      const editId = newId()
      // An edit of what another edit has just written is made on that one's version, once it is known.
      const before = queues.get(id)?.findLast((task) => task.change.kind === 'edit')
      let baseVersion: number | undefined
      return add(id, change, (): MessageEditCommand => {
        baseVersion ??= Math.max(textVersion, before?.storedAt ?? 0)
        return { type: 'message.edit', roomId, id, ...pick(text, data), editId, baseVersion }
      })
    },
    remove: (id) =>
      add(
        id,
        { kind: 'delete', at: clock.now() },
        (): MessageDeleteCommand => ({ type: 'message.delete', roomId, id }),
      ),
    react: (id, emoji, on) =>
      add(
        id,
        { kind: 'react', emoji, on },
        (): MessageReactCommand => ({ type: 'message.react', roomId, id, emoji, on }),
      ),
    over: (id) => shown.get(id) ?? NONE,
    reached: (seq) => keep(({ storedAt }) => storedAt === undefined || storedAt > seq),
    forgetStored: () => keep(({ storedAt }) => storedAt === undefined),
    clear(error) {
      const tasks = [...queues.values()].flat()
      for (const id of [...queues.keys()]) setQueue(id, [])
      for (const { deferred } of tasks) deferred.reject(error)
    },
  }
}

const NONE: readonly Change[] = []

/** Only what was given: the service refuses a field that says `undefined`. */
function pick(text: string | undefined, data: JsonObject | null | undefined): EditPatch {
  return { ...(text !== undefined && { text }), ...(data !== undefined && { data }) }
}

// --- types ---

export interface EditPatch {
  text?: string
  data?: JsonObject | null
}

/** What is shown over a row. `at`: this device's time, until the row brings the service's. */
export type Change =
  | ({ kind: 'edit'; at: number } & EditPatch)
  | { kind: 'delete'; at: number }
  | { kind: 'react'; emoji: string; on: boolean }

export interface ChangesDeps {
  roomId: string
  patience: Patience
  clock: Clock
  newId: () => string
  /** How far the room's rows are complete; undefined while the room isn't followed. */
  position: () => { reached: number | undefined }
  onChange(): void
  onStored(): void
  onFailed(error: ChatError): void
}

type ChangeCommand = Extract<Command, { type: 'message.edit' | 'message.delete' | 'message.react' }>

interface Task {
  change: Change
  command: () => ChangeCommand
  isAsked: boolean
  /** The version that it became; set when the service has said so. */
  storedAt?: number
  deferred: Deferred<void>
}
