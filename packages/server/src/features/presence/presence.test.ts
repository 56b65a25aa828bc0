import type { PresenceSignal, TypingSignal, User } from '@parlor/protocol'
import { expect, test } from 'vitest'
import type { Clock } from '../../clock.ts'
import type { SharedFrame } from '../../delivery/frame.ts'
import type { Reader } from '../../delivery/room-feed.ts'
import { MemorySignalBus } from '../../delivery/signal-bus-memory.ts'
import { Typing } from '../typing/typing.ts'
import { Presence } from './presence.ts'

test('[G10] people on several nodes are in one list, each once', async () => {
  const [one, two] = createNodes()
  const ann = one.join('ann')
  two.join('bo')
  two.join('ann')
  one.presence.watch(ann.caller, 'room', true)
  await one.clock.advance(1_000)
  expect(ann.present()).toEqual(['ann', 'bo'])
  const cy = two.join('cy')
  await one.clock.advance(1_000)
  expect(ann.present()).toEqual(['ann', 'bo', 'cy'])
  two.leave(cy)
  await one.clock.advance(1_000)
  expect(ann.present()).toEqual(['ann', 'bo'])
})

test('[G10] a node that can’t hear the others says so', async () => {
  const [one] = createNodes()
  const ann = one.join('ann')
  one.presence.watch(ann.caller, 'room', true)
  await one.clock.advance(30_000)
  expect(ann.last('presence')?.isDegraded).toBeUndefined()
  one.bus.isWhole = false
  await one.clock.advance(30_000)
  expect(ann.last('presence')?.isDegraded).toBe(true)
})

test('a node that nobody asks any more says nothing more', async () => {
  const [one, two] = createNodes()
  const ann = one.join('ann')
  one.presence.watch(ann.caller, 'room', true)
  await one.clock.advance(1_000)
  one.presence.watch(ann.caller, 'room', false)
  await one.clock.advance(120_000)
  const looks = two.looks()
  // The first one there is told of once, whoever may want to know.
  two.join('bo')
  await one.clock.advance(120_000)
  expect(two.looks()).toBe(looks + 1)
})

test('who writes on another node is told here, and so is the end', async () => {
  const [one, two] = createNodes()
  const ann = one.join('ann')
  const bo = two.join('bo')
  two.typing.set(bo.caller, 'room', true)
  await one.clock.advance(1_000)
  expect(ann.last('typing')).toMatchObject({ users: [{ id: 'bo' }], count: 1 })
  two.typing.sent(bo.caller, 'room')
  await one.clock.advance(1_000)
  expect(ann.last('typing')).toMatchObject({ users: [], count: 0 })
})

/** Two nodes that share a room; everything but clock and sockets is real. */
function createNodes() {
  const nodes = new Set<MemorySignalBus>()
  const clock = createClock()
  return [createNode(), createNode()] as const

  function createNode() {
    const bus = new MemorySignalBus({ nodes })
    const readers = new Set<Reader>()
    let looks = 0
    const common = {
      ...{ clock, counts: { told: 0, dropped: 0 }, compressFromBytes: 0, signalBus: bus },
      audienceOf: () => readers,
      isFollowing: (_roomId: string, id: string) => [...readers].some((reader) => reader.id === id),
    }
    const typing = new Typing(common)
    const presence = new Presence({
      ...common,
      readersOf: () => {
        looks++
        return readers
      },
    })
    return {
      bus,
      clock,
      typing,
      presence,
      looks: () => looks,
      join(id: string) {
        const person = createPerson({ id, name: id, picture: null })
        readers.add(person.caller.reader)
        typing.joined('room', person.caller.reader)
        presence.joined('room', person.caller.reader)
        return person
      },
      leave({ caller }: ReturnType<typeof createPerson>) {
        readers.delete(caller.reader)
        typing.left('room', caller.reader)
        presence.left('room', caller.reader)
      },
    }
  }
}

function createPerson(user: User) {
  const signals: (PresenceSignal | TypingSignal)[] = []
  const reader: Reader = {
    ...{ id: crypto.randomUUID(), user, isClosed: false },
    enqueueFrame: () => {},
    enqueueItem: () => {},
    enqueueSignal(frame: SharedFrame) {
      const bytes = frame.bytes(false)
      signals.push(...JSON.parse(bytes.subarray(bytes[1] === 126 ? 4 : 2).toString()))
      return true
    },
    onRoomClosed: () => {},
  }
  const last = <Type extends 'presence' | 'typing'>(type: Type) =>
    signals.findLast((signal): signal is Extract<typeof signal, { type: Type }> => signal.type === type)
  return {
    caller: { user, reader, openRooms: new Set(['room']) },
    last,
    present: () => last('presence')?.users.map(({ id }) => id),
  }
}

function createClock() {
  const timers = new Set<{ at: number; callback: () => void }>()
  let now = 0
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return { stop: () => void timers.delete(timer) }
    },
    soon: (callback) => void clock.after(0, callback),
  }
  const advance = async (ms: number): Promise<void> => {
    const end = now + ms
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      timers.delete(next)
      now = next.at
      next.callback()
    }
    now = end
  }
  return { ...clock, advance }
}
