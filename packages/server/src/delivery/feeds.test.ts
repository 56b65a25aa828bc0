import { expect, test } from 'vitest'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import { MemoryBus } from './bus-memory.ts'
import { Feeds } from './feeds.ts'
import { Flusher } from './flusher.ts'
import { Hub } from './hub.ts'

test('[G4] a room under suspicion is looked at also when somebody has set the clock of the machine', async () => {
  let wallMs = Date.UTC(2026, 0, 1)
  const clock = { now: () => wallMs, elapsed: () => 1_000, soon: () => {}, after: () => ({ stop: () => {} }) }
  const asked: (readonly string[])[] = []
  const store = {
    readRoom: () => Promise.reject(new Error('not asked for')),
    readChanges: () => Promise.reject(new Error('not asked for')),
    async readHeads(roomIds: readonly string[]) {
      asked.push(roomIds)
      return new Map()
    },
  }
  const hub = new Hub({ flusher: new Flusher({ clock, maxWaitMs: 20 }), clock, beatMs: 20 })
  const feeds = new Feeds({ store, bus: new MemoryBus(), hub, clock, memoryBytes: 1_000_000, onError: () => {} })
  feeds.get('room')
  feeds.suspect('room')
  wallMs += 3_600_000
  await feeds.checkHeads()
  wallMs -= 7_200_000
  await feeds.checkHeads()
  feeds.stop()
  expect(asked).toEqual([['room'], ['room']])
})

test('[G4] where others may be the first to say something, quiet rooms are looked at too, every few seconds', async () => {
  let nowMs = 0
  const clock = { now: () => nowMs, elapsed: () => nowMs, soon: () => {}, after: () => ({ stop: () => {} }) }
  const asked: (readonly string[])[] = []
  const room = createMemoryStore()
  const reader = {
    id: 'ada',
    enqueueItem: () => {},
    enqueueFrame: () => {},
    enqueueSignal: () => true,
    user: undefined,
    isClosed: false,
    onRoomClosed: () => {},
  }
  await room.joinRoom({ actor: { user: { id: 'ada', name: 'ada', picture: null } }, roomId: 'room', isOpen: true })
  const store = {
    readRoom: room.readRoom.bind(room),
    readChanges: room.readChanges.bind(room),
    async readHeads(roomIds: readonly string[]) {
      asked.push(roomIds)
      return room.readHeads(roomIds)
    },
  }
  const hub = new Hub({ flusher: new Flusher({ clock, maxWaitMs: 20 }), clock, beatMs: 20 })
  for (const isComplete of [true, false]) {
    asked.length = 0
    const bus = Object.assign(new MemoryBus(), { isComplete })
    const feeds = new Feeds({ store, bus, hub, clock, memoryBytes: 1_000_000, onError: () => {} })
    await feeds.get('room').open(reader, { roomId: 'room', userId: 'ada', isOpen: true, limit: 50 }, () => {})
    nowMs += 3_600_000
    for (let check = 0; check < 4; check++) {
      await feeds.checkHeads()
      nowMs += 1_500
    }
    feeds.stop()
    expect(asked).toEqual(isComplete ? [] : [['room'], ['room']])
  }
})
