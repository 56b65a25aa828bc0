import { expect, test } from 'vitest'
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
