/**
 * Inheritance is what lies on the device for rooms to take in: what this page left there in an earlier life, and what
 * pages that are gone have left. What others took over while this one stood still leaves its rooms again.
 */
import type { Clock } from '../clock.ts'
import { restoreEntries } from './kept-entry.ts'
import { restoreRoom } from './kept-room.ts'
import { createLostPages, type LostPages } from './lost-pages.ts'
import type { ShelvedRoom } from './offline-room.ts'
import type { OwnPage } from './own-page.ts'
import type { Vault } from './vault.ts'

export interface Inheritance {
  /** What another page left is written for this one, and not here yet: nothing may be written over it. */
  readonly isArriving: boolean
  /** Gives the rooms what lies in this user's vault for this page; one that isn't here yet gets its part when it is. */
  takeIn(vault: Vault, userId: string, outboxes: ReadonlyMap<string, unknown>): void
  /** Gives a room what is known to be kept of it. */
  offer(roomId: string): void
  /** The room is no longer theirs to see. */
  drop(roomId: string): void
  /** Takes over what a page has left that is gone; `isFirst`: it was typed before whatever is typed on this page. */
  adopt(pageId: string, isFirst: boolean): Promise<void>
  /** What lay on the device before a pause, and isn't among these, has been taken over by another page. */
  lose(outboxes: ReadonlyMap<string, unknown> | undefined): void
  /** Looks for pages that are gone, from time to time until `stop`, where something tells pages apart. */
  look(): void
  stop(): void
  /** Another user is there, or nobody, or the client is over: nothing waits for its room, or arrives, any more. */
  clear(): void
}

export function createInheritance({ clock, rooms, own, makeRoom, batch, addJob }: InheritanceDeps): Inheritance {
  let heir: { vault: Vault; userId: string } | undefined
  /** Of rooms that nobody has asked for yet. */
  let keptRooms = new Map<string, unknown>()
  let lostPages: LostPages | undefined
  let isArriving = false

  const restore = (roomId: string, record: unknown, isFirst: boolean): void => {
    const entries = restoreEntries(record)
    if (!rooms.has(roomId) && entries.length > 0) makeRoom(roomId)
    const room = rooms.get(roomId)
    if (!room || !heir) return
    const state = restoreRoom(keptRooms.get(roomId), roomId, heir.userId)
    keptRooms.delete(roomId)
    if (state || entries.length > 0) room.restore({ state, entries, isFirst })
  }
  const adopt = async (pageId: string, isFirst: boolean): Promise<void> => {
    const mine = heir
    isArriving = true
    try {
      const found = await mine?.vault.adopt(pageId, own.id, (roomId) => rooms.get(roomId)?.shelf.content ?? [])
      if (!found || mine !== heir) return
      batch(() => {
        for (const [roomId, record] of found) restore(roomId, record, isFirst)
      })
    } finally {
      isArriving = false
    }
  }

  return {
    get isArriving() {
      return isArriving
    },
    takeIn(vault, userId, outboxes) {
      heir = { vault, userId }
      keptRooms = new Map(vault.content.rooms)
      for (const [roomId, record] of outboxes) restore(roomId, record, true)
      for (const roomId of rooms.keys()) restore(roomId, undefined, true)
    },
    offer: (roomId) => restore(roomId, undefined, true),
    drop: (roomId) => void keptRooms.delete(roomId),
    adopt,
    lose(outboxes) {
      for (const [roomId, room] of rooms) {
        const held = new Set(restoreEntries(outboxes?.get(roomId)).map(({ id }) => id))
        const lost = room.shelf.keptIds().filter((id) => !held.has(id))
        if (lost.length > 0) room.lose(lost)
      }
    },
    look() {
      const { page } = own
      if (!page) return
      lostPages ??= createLostPages({
        ...{ clock, page, addJob },
        findPages: async () => (await heir?.vault.findPages(own.id)) ?? [],
        adopt: (pageId) => adopt(pageId, false),
      })
      lostPages.start()
    },
    stop: () => lostPages?.stop(),
    clear() {
      heir = undefined
      keptRooms.clear()
    },
  }
}

// --- types ---

export interface InheritanceDeps {
  clock: Clock
  rooms: ReadonlyMap<string, ShelvedRoom>
  own: OwnPage
  /** Something of a room is kept that nobody has asked for yet. */
  makeRoom(roomId: string): void
  /** Runs it, and tells listeners once. */
  batch(run: () => void): void
  addJob(job: () => Promise<void>): void
}
