/** Rooms, sockets and their queues under schedules that nobody thought of: news, replies, comers, goers and slow readers. */
import { describe, expect, it } from 'vitest'
import { Flusher } from './flusher.ts'
import type { SharedFrame } from './frame.ts'
import { Hub } from './hub.ts'
import { Outbound } from './outbound.ts'
import { createStepClock, type StepClock } from './step-clock.contract.ts'

const WAIT_MS = 20
const ROOMS = ['large', 'small', 'other']

describe('delivery, by a random schedule', () => {
  // Alone, enough for a beat, and a crowd that takes turns; from a flood to a calm room.
  for (const size of [4, 60, 260]) {
    for (const paceMs of [1, 4, 12, 20]) {
      it(`gives ${size} people at ${paceMs} ms what was told while they were there, once, in order, soon`, () => {
        for (let seed = 1; seed <= 3; seed++) play(size, paceMs, createRandom(seed * 1_000 + size + paceMs))
      })
    }
  }
})

function play(size: number, paceMs: number, random: () => number): void {
  const clock = createStepClock()
  const flusher = new Flusher({ clock, maxWaitMs: WAIT_MS })
  const hub = new Hub({ flusher, clock, beatMs: WAIT_MS })
  const people = Array.from({ length: size }, (_, at) => new Person(`${at}`, flusher, clock))
  for (const person of people) person.enter(hub, 'large')
  const pick = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)] as T
  for (let n = 0; n < 300; n++) {
    const person = pick(people)
    const roomId = random() < 0.7 ? 'large' : pick(ROOMS)
    const choice = random()
    if (choice < 0.6) {
      for (const one of people) if (one.rooms.has(roomId)) one.expect(roomId, n)
      hub.tell(roomId, JSON.stringify([roomId, n, clock.now()]))
    } else if (choice < 0.75) {
      if (person.rooms.has(roomId)) person.leave(hub, roomId)
      else person.enter(hub, roomId)
    } else if (choice < 0.9) {
      person.expect('replies', n)
      person.outbound.enqueueItem(JSON.stringify(['replies', n, clock.now()]))
    } else if (choice < 0.95) person.stall()
    else for (const one of people) one.read()
    clock.advance(Math.floor(random() * 2 * paceMs))
  }
  for (const person of people) person.read()
  clock.advance(10 * WAIT_MS)
  for (const person of people) expect(person.seen).toEqual(person.expected)
  // A beat and a turn may follow each other; a reply waits for neither.
  expect(Math.max(...people.map((person) => person.longestMs.news))).toBeLessThanOrEqual(2 * WAIT_MS)
  expect(Math.max(...people.map((person) => person.longestMs.replies))).toBe(0)
}

/** Somebody with a socket, who remembers what should come and what does. */
class Person {
  readonly id: string
  readonly rooms = new Set<string>()
  readonly expected: Record<string, number[]> = {}
  readonly seen: Record<string, number[]> = {}
  /** Of what found a socket that takes everything. */
  readonly longestMs = { news: 0, replies: 0 }
  readonly outbound: Outbound
  #bufferedBytes = 0
  #stalledUntil = Number.NEGATIVE_INFINITY
  readonly #clock: StepClock

  constructor(id: string, flusher: Flusher, clock: StepClock) {
    this.id = id
    this.#clock = clock
    const bufferedBytes = () => this.#bufferedBytes
    this.outbound = new Outbound({
      socket: {
        get bufferedBytes() {
          return bufferedBytes()
        },
        write: (chunks) => this.#receive(chunks),
      },
      flusher,
      maxQueuedBytes: 1_000_000,
      owner: { onSlow: () => expect.unreachable('nothing is too much'), onLow: () => {} },
      compressFromBytes: 0,
    })
  }

  enqueueFrame(frame: SharedFrame): void {
    this.outbound.enqueueFrame(frame.bytes(false))
  }

  enqueueSignal(frame: SharedFrame): boolean {
    return this.outbound.enqueueSignal(frame.bytes(false))
  }

  enter(hub: Hub, roomId: string): void {
    this.rooms.add(roomId)
    hub.add(roomId, this)
  }

  leave(hub: Hub, roomId: string): void {
    this.rooms.delete(roomId)
    hub.remove(roomId, this)
  }

  expect(stream: string, n: number): void {
    this.expected[stream] = [...(this.expected[stream] ?? []), n]
  }

  /** Its socket takes nothing more until it reads. */
  stall(): void {
    this.#bufferedBytes = 1
  }

  read(): void {
    if (this.#bufferedBytes > 0) this.#stalledUntil = this.#clock.now()
    this.#bufferedBytes = 0
    this.outbound.resume()
  }

  #receive(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) {
      const head = (chunk[1] ?? 0) < 126 ? 2 : 4
      for (const [stream, n, toldAt] of JSON.parse(chunk.toString('utf8', head)) as [string, number, number][]) {
        this.seen[stream] = [...(this.seen[stream] ?? []), n]
        if (toldAt <= this.#stalledUntil) continue
        const kind = stream === 'replies' ? 'replies' : 'news'
        this.longestMs[kind] = Math.max(this.longestMs[kind], this.#clock.now() - toldAt)
      }
    }
  }
}

/** mulberry32: from 0 to 1, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
