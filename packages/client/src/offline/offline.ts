/**
 * Offline: what a client keeps on its device, and when. It decides whose records are open and writes what changed; what
 * lies there already is brought in by its inheritance. Whatever the device does (refuses, is full, never answers), the
 * client goes on in memory: nothing in here rejects, or holds anybody up for longer than it takes to notice.
 */
import type { User } from '@parlor/protocol'
import { createInheritance, type InheritanceDeps } from './inheritance.ts'
import { createJobs, within } from './jobs.ts'
import type { OfflineRoom, ShelvedRoom } from './offline-room.ts'
import { createOwnPage, type OwnPageDeps } from './own-page.ts'
import { createShelf, NO_SHELF, type Shelf, type ShelfMode } from './shelf.ts'
import type { DeviceStorage } from './storage.ts'
import { createUnsaved } from './unsaved.ts'
import { forgetAllBut, forgetOne, openVault, type Vault } from './vault.ts'

export interface Offline {
  /** Who is kept, as the service last named them. */
  readonly user: User | null
  /** A room takes part: it is handed what is kept of it when that is known. */
  join(roomId: string, room: OfflineRoom): Shelf
  /** Hands a room that has joined what is known to be kept of it. */
  offer(roomId: string): void
  /**
   * This user is there. Fulfilled when what is kept of them is in place or won't come; undefined if that is so already.
   * `isSure`: the app or the service says so, so nobody else is: what is kept of others goes.
   */
  enter(userId: string, isSure: boolean): Promise<void> | undefined
  /** The service says who is there. */
  confirm(user: User): void
  /** The room moved. */
  touch(roomId: string): void
  /** The room is no longer theirs to see. */
  drop(roomId: string): void
  /** Writes what waits to be written. */
  flush(): void
  /** The page may stand still now, or be gone: writes, and lets go of its id. */
  suspend(): void
  /** It goes on: what others took over meanwhile isn't this page's any more. */
  resume(): void
  /** Ends it; what is kept stays. */
  close(): void
  /** Deletes everything that is kept of anybody else, and keeps nothing more of whoever it was. */
  forget(exceptUserId?: string): Promise<void>
  /**
   * Deletes what is kept of whoever was there; whoever signs in next begins anew. `isEmpty`: nobody is signed in on this
   * device, so nothing is kept of anybody. Else somebody may be, in another tab, and what they typed is theirs.
   */
  leave(isEmpty: boolean): void
}

/** A person waits for what is kept for so long; then they go on without it, and it comes when it comes. */
const WAIT_MS = 1_000

/** A device that doesn't answer for so long is done without: nothing that is typed waits any longer for it. */
const GIVE_UP_MS = 3_000

export function createOffline(deps: OfflineDeps): Offline {
  const { clock } = deps
  const rooms = new Map<string, ShelvedRoom>()
  /** `closed`: nobody is known, their records are being opened, or the page stands still. `off`: they go on in memory. */
  let mode: ShelfMode = 'closed'
  let userId: string | undefined
  /** Nobody else is there: what was kept of others is gone. */
  let isSure = false
  let opening: Promise<void> | undefined
  /** Counts users and pauses: what began before the last one is void. */
  let turn = 0
  let isPaused = false
  let isEnded = false
  let storage: DeviceStorage | undefined
  let vault: Vault | undefined
  const own = createOwnPage(deps)

  const setMode = (next: ShelfMode): void => {
    mode = next
    for (const { shelf } of rooms.values()) shelf.setMode(next)
  }
  const pause = (): void => {
    turn += 1
    jobs.clear()
    inheritance.stop()
    unsaved.hurry()
  }
  /** This user goes on in memory. */
  const giveUp = (): void => {
    pause()
    deps.batch(() => setMode('off'))
  }
  const jobs = createJobs({ clock, limitMs: GIVE_UP_MS, mayRun: () => mode === 'open', onFailed: giveUp })
  const inheritance = createInheritance({ ...deps, rooms, own, addJob: jobs.add })

  /** While it waits for its turn, it is added to. */
  const save = async (): Promise<void> => {
    if (inheritance.isArriving) return
    const mine = vault
    const written = [...rooms].flatMap(([roomId, { shelf }]) => {
      const content = shelf.unkept()
      return content ? [{ roomId, shelf, content }] : []
    })
    const outboxes = new Map(written.map(({ roomId, content }) => [roomId, content.entries]))
    const due = unsaved.take((roomId) => rooms.get(roomId)?.state())
    if (outboxes.size === 0 && !due) return
    await mine?.save({ pageId: own.id, outboxes, rooms: due?.rooms ?? new Map(), user: due?.user })
    if (mine !== vault) return
    deps.batch(() => {
      for (const { shelf, content } of written) shelf.kept(content)
    })
  }
  const requestSave = (): void => {
    if (mode === 'open') jobs.add(save)
  }
  const flush = (): void => {
    unsaved.hurry()
    requestSave()
  }
  const unsaved = createUnsaved(clock, flush)

  const go = (): void => {
    requestSave()
    inheritance.look()
  }

  const open = async (mine: number): Promise<void> => {
    await own.take()
    const id = userId
    if (mine !== turn || id === undefined || !storage) return
    const opened = await openVault(storage, { userId: id, newId: deps.newId, isSure })
    const outboxes = await opened.readOutbox(own.id)
    // Where nothing tells who is gone, everybody is taken for it.
    const others = own.page ? [] : await opened.findPages(own.id)
    if (mine !== turn) return
    vault = opened
    deps.batch(() => {
      inheritance.takeIn(opened, id, outboxes)
      // Not before all is back: what is written now is written for every room.
      setMode('open')
      deps.onUser()
    })
    for (const other of others) jobs.add(() => inheritance.adopt(other, true))
    go()
  }
  /** After a pause. */
  const reclaim = async (mine: number): Promise<void> => {
    await own.take()
    const outboxes = await vault?.readOutbox(own.id)
    if (mine !== turn) return
    deps.batch(() => {
      inheritance.lose(outboxes)
      setMode('open')
    })
    go()
  }
  const begin = (start: (mine: number) => Promise<void>): Promise<void> => {
    turn += 1
    const mine = turn
    const done = within(clock, GIVE_UP_MS, start(mine)).catch(() => {
      if (mine === turn) giveUp()
    })
    const shown = within(clock, WAIT_MS, done).catch(() => {})
    opening = shown
    void shown.then(() => {
      if (opening === shown) opening = undefined
    })
    return shown
  }
  const erase = async (work: (storage: DeviceStorage) => Promise<void>): Promise<void> => {
    storage ??= deps.openStorage()
    // Where the device refuses, there is nothing, or nothing can be done about it.
    if (storage) await within(clock, GIVE_UP_MS, work(storage)).catch(() => {})
  }
  const forget = (exceptUserId?: string): Promise<void> => erase((device) => forgetAllBut(device, exceptUserId))

  return {
    get user() {
      return vault?.content.user ?? null
    },
    join(roomId, room) {
      const shelf = createShelf({ mode, onChanged: requestSave, onSettled: room.settled })
      rooms.set(roomId, { ...room, shelf })
      return shelf
    },
    offer: inheritance.offer,
    enter(id, isKnown) {
      if (isEnded || id === userId) return opening
      storage ??= deps.openStorage()
      pause()
      userId = id
      isSure = isKnown
      vault = undefined
      unsaved.clear()
      inheritance.clear()
      for (const { shelf } of rooms.values()) shelf.clear()
      // Where nothing is kept it is off once and for all: no message of the last user may go now.
      const next = storage ? 'closed' : 'off'
      if (mode !== next) setMode(next)
      return storage && begin(open)
    },
    confirm(user) {
      const kept = vault?.content.user
      const isSame = kept?.id === user.id && kept.name === user.name && kept.picture === user.picture
      if (isSame && isSure) return
      isSure = true
      unsaved.confirm(user)
      requestSave()
    },
    touch(roomId) {
      unsaved.touch(roomId, mode === 'open')
    },
    drop(roomId) {
      inheritance.drop(roomId)
      unsaved.drop(roomId)
      requestSave()
    },
    flush,
    suspend() {
      if (isPaused || isEnded) return
      pause()
      isPaused = true
      if (mode === 'open') {
        // At once, whatever is being written: there may be no later.
        save().catch(() => {})
        setMode('closed')
      }
      own.suspend()
    },
    resume() {
      if (!isPaused || isEnded) return
      isPaused = false
      own.resume()
      if (!storage) return
      if (mode === 'off') void own.take().catch(() => {})
      else if (userId !== undefined) void begin(vault ? reclaim : open)
    },
    close() {
      if (isEnded) return
      isEnded = true
      own.end()
      inheritance.clear()
      for (const { shelf } of rooms.values()) shelf.freeze()
      pause()
      const saving = mode === 'open' ? save() : Promise.resolve()
      // Whoever takes the id next finds everything that was written.
      const end = (): void => void jobs.idle().then(own.release)
      saving.then(end, end)
    },
    forget(exceptUserId) {
      if (exceptUserId === undefined || exceptUserId !== userId) giveUp()
      return forget(exceptUserId)
    },
    leave(isEmpty) {
      const gone = userId
      giveUp()
      userId = undefined
      vault = undefined
      inheritance.clear()
      setMode('closed')
      if (isEmpty) void forget()
      else if (gone !== undefined) void erase((device) => forgetOne(device, gone))
    },
  }
}

/** Of a client that keeps nothing. */
export const NO_OFFLINE: Offline = {
  user: null,
  join: () => NO_SHELF,
  offer: () => {},
  enter: () => undefined,
  confirm: () => {},
  touch: () => {},
  drop: () => {},
  flush: () => {},
  suspend: () => {},
  resume: () => {},
  close: () => {},
  forget: () => Promise.resolve(),
  leave: () => {},
}

// --- types ---

export interface OfflineDeps extends OwnPageDeps, Pick<InheritanceDeps, 'clock' | 'makeRoom' | 'batch'> {
  /** Undefined where there is none. */
  openStorage(): DeviceStorage | undefined
  /** It is known how the user was last named. */
  onUser(): void
}
