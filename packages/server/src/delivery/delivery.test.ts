import { constants, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Flusher } from './flusher.ts'
import type { SharedFrame } from './frame.ts'
import { Hub } from './hub.ts'
import { Outbound } from './outbound.ts'
import { createStepClock } from './step-clock.contract.ts'

describe('outbound', () => {
  it('writes everything that waits in one write, in its order, neighbouring items in one frame', () => {
    const { outbound, socket, run } = createOutbound()
    outbound.enqueueItem('{"ref":1}')
    outbound.enqueueItem('{"ref":2}')
    outbound.enqueueFrame(Buffer.from('shared'))
    outbound.enqueueItem('{"ref":3}')
    expect(socket.writes).toEqual([])
    run()
    expect(socket.writes).toHaveLength(1)
    expect(socket.writes[0]?.map(payload)).toEqual(['[{"ref":1},{"ref":2}]', 'shared', '[{"ref":3}]'])
  })

  it('G9: more than the bound behind a socket that takes nothing ends it, once, and frees what waited', () => {
    const { outbound, socket, run, slow } = createOutbound({ maxQueuedBytes: 100 })
    socket.bufferedBytes = 60
    outbound.enqueueFrame(Buffer.alloc(100))
    run()
    expect(slow()).toBe(0)
    outbound.enqueueFrame(Buffer.alloc(1))
    run()
    outbound.enqueueItem('late')
    run()
    expect(slow()).toBe(1)
    expect([socket.writes.flat(), outbound.queuedBytes]).toEqual([[], 0])
  })

  it('[G9] behind a socket that is full, everything waits in its order, and goes out when that is taken', () => {
    const { outbound, socket, run } = createOutbound()
    socket.bufferedBytes = 60
    for (const text of ['1', '2']) outbound.enqueueItem(text)
    run()
    outbound.enqueueFrame(Buffer.from('shared'))
    outbound.enqueueItem('3')
    run()
    expect(socket.writes.flat()).toEqual([])
    expect(outbound.queuedBytes).toBe(9)
    socket.bufferedBytes = 0
    outbound.resume()
    run()
    expect(socket.writes.flat().map(payload)).toEqual(['[1,2]', 'shared', '[3]'])
    outbound.enqueueItem('4')
    run()
    expect(payload(socket.writes.at(-1)?.[0] ?? Buffer.alloc(0))).toBe('[4]')
  })

  it('[G9] what waited goes out in pieces, so that who reads slowly is seen to read', () => {
    const { outbound, socket, run } = createOutbound({ maxQueuedBytes: 10_000_000 })
    socket.bufferedBytes = 1
    for (let i = 0; i < 10; i++) outbound.enqueueFrame(Buffer.alloc(30_000))
    run()
    socket.takes = 0
    socket.bufferedBytes = 0
    const sizes: number[] = []
    while (outbound.queuedBytes > 0) {
      const before = socket.writes.length
      outbound.resume()
      run()
      sizes.push(Buffer.concat(socket.writes.slice(before).flat()).length)
      socket.bufferedBytes = 0
    }
    expect(sizes).toEqual([65_536, 65_536, 65_536, 65_536, 300_000 - 4 * 65_536])
  })

  it('[G9] a frame that is larger than a piece goes out whole, in slices, and what came behind it follows', () => {
    const { outbound, socket, run, slow } = createOutbound({ maxQueuedBytes: 1_000 })
    socket.takes = 0
    outbound.enqueueItem(JSON.stringify('x'.repeat(500_000)))
    run()
    let lives = 0
    while (outbound.queuedBytes > 0) {
      // Live news while the frame is under way: the frame isn't what is too much.
      if (++lives < 5) outbound.enqueueFrame(Buffer.from('live'))
      socket.bufferedBytes = 0
      outbound.resume()
      run()
    }
    const sent = Buffer.concat(socket.writes.flat())
    expect(slow()).toBe(0)
    expect(sent.subarray(-16).toString()).toBe('live'.repeat(4))
    expect(sent.subarray(10, -16).toString()).toBe(`["${'x'.repeat(500_000)}"]`)
  })

  it('[G9] answers a ping between two frames, and the last of several', () => {
    const { outbound, socket, run } = createOutbound()
    socket.takes = 0
    outbound.enqueueItem('x'.repeat(100_000))
    run()
    for (const text of ['1', '2']) outbound.enqueuePong(Buffer.from(text))
    outbound.enqueueItem('"behind"')
    while (outbound.queuedBytes > 0) {
      socket.bufferedBytes = 0
      outbound.resume()
      run()
    }
    const sent = Buffer.concat(socket.writes.flat()).subarray(10 + 100_002)
    expect([...sent.subarray(0, 3)]).toEqual([0x8a, 1, '2'.charCodeAt(0)])
    expect(payload(sent.subarray(3))).toBe('["behind"]')
    socket.bufferedBytes = 0
    outbound.resume()
    outbound.enqueuePong(Buffer.alloc(0))
    run()
    expect(socket.writes.at(-1)?.map((chunk) => [...chunk])).toEqual([[0x8a, 0]])
  })

  it('[G9] ends the frame that has begun before a close that somebody else writes', () => {
    const { outbound, socket, run } = createOutbound()
    socket.takes = 0
    outbound.enqueueItem('x'.repeat(100_000))
    run()
    outbound.finishFrame()
    expect(Buffer.concat(socket.writes.flat())).toHaveLength(10 + 100_002)
    expect(outbound.isMidFrame).toBe(false)
  })

  it('[G9] who is too slow in the middle of a frame gets its end, so that the close behind it is understood', () => {
    const { outbound, socket, run, slow } = createOutbound({ maxQueuedBytes: 1_000 })
    socket.takes = 0
    outbound.enqueueItem('x'.repeat(100_000))
    run()
    outbound.enqueueFrame(Buffer.alloc(2_000))
    run()
    expect([slow(), outbound.isMidFrame]).toEqual([1, true])
    outbound.finish()
    expect(Buffer.concat(socket.writes.flat())).toHaveLength(10 + 100_002)
    expect([outbound.isMidFrame, outbound.queuedBytes]).toEqual([false, 0])
  })

  it('[G9] tells when little waits again, so that the next long answer may come', () => {
    const { outbound, socket, run, low } = createOutbound()
    socket.takes = 0
    outbound.enqueueItem('x'.repeat(150_000))
    expect(outbound.isLow).toBe(false)
    run()
    const seen: [boolean, number][] = []
    while (outbound.queuedBytes > 0) {
      socket.bufferedBytes = 0
      outbound.resume()
      run()
      seen.push([outbound.isLow, low()])
    }
    socket.bufferedBytes = 0
    outbound.resume()
    expect(seen.map(([isLow]) => isLow)).toEqual([false, true])
    expect(low()).toBeGreaterThan(0)
  })

  it('[G9] pieces follow each other without waiting while the socket takes them at once', () => {
    const { outbound, socket, run } = createOutbound({ maxQueuedBytes: 10_000_000 })
    socket.bufferedBytes = 1
    for (let i = 0; i < 10; i++) outbound.enqueueFrame(Buffer.alloc(30_000))
    run()
    socket.bufferedBytes = 0
    outbound.resume()
    run()
    expect([Buffer.concat(socket.writes.flat()).length, outbound.queuedBytes]).toEqual([300_000, 0])
  })

  it('before a close, everything goes out behind what the socket has', () => {
    const { outbound, socket, run } = createOutbound()
    socket.bufferedBytes = 60
    outbound.enqueueItem('1')
    run()
    outbound.finish()
    expect(socket.writes.flat().map(payload)).toEqual(['[1]'])
  })

  it('G9: a single large answer to an idle socket is no slowness', () => {
    const { outbound, socket, run, slow } = createOutbound({ maxQueuedBytes: 100 })
    outbound.enqueueItem('x'.repeat(1_000))
    run()
    expect([slow(), socket.writes.length]).toEqual([0, 1])
  })
})

describe('the hub', () => {
  it('encodes once for everybody: one frame for all that is new in a room, one write for each socket', () => {
    const { hub, flusher, run } = createHub()
    const people = ['a', 'b', 'c'].map((id) => createPerson(id, flusher))
    for (const person of people) {
      hub.add('one', person)
      hub.add('two', person)
    }
    hub.tell('one', '{"n":1}')
    hub.tell('one', '{"n":2}')
    hub.tell('two', '{"n":3}')
    run()
    expect([hub.frames, hub.deliveries, flusher.writes]).toEqual([2, 9, 3])
    for (const { socket } of people)
      expect(socket.writes.map((write) => write.map(payload))).toEqual([['[{"n":1},{"n":2}]', '[{"n":3}]']])
    const [first, second] = people.map(({ socket }) => socket.writes[0]?.[0])
    expect(first).toBe(second)
  })

  it('compresses a long frame once, for everybody who takes that, and a short one for nobody', () => {
    const parts = createFlusher()
    const hub = new Hub({ flusher: parts.flusher, clock: parts.clock, beatMs: 20, compressFromBytes: 100 })
    const [a, b, c] = [true, true, false].map((inflates, at) => createPerson(`${at}`, parts.flusher, { inflates }))
    for (const person of [a, b, c]) if (person) hub.add('one', person)
    const text = `{"n":"${'long '.repeat(200)}"}`
    hub.tell('one', text)
    parts.run()
    const [first, second, third] = [a, b, c].map((person) => person?.socket.writes[0]?.[0])
    expect(first).toBe(second)
    expect([first?.[0], third?.[0]]).toEqual([0xc1, 0x81])
    expect(first?.length).toBeLessThan(100)
    const tail = Buffer.from([0, 0, 0xff, 0xff])
    expect(inflateRawSync(Buffer.concat([first?.subarray(2) ?? tail, tail]), SYNC).toString()).toBe(`[${text}]`)
    expect(hub.frames).toBe(1)
    hub.tell('one', '{"n":1}')
    parts.run()
    expect(a?.socket.writes[1]?.map(payload)).toEqual(['[{"n":1}]'])
  })

  it('gives who comes nothing of before, and who goes nothing of after', () => {
    const { hub, flusher, run } = createHub()
    const [a, b] = [createPerson('a', flusher), createPerson('b', flusher)]
    hub.add('one', a)
    hub.tell('one', '1')
    hub.add('one', b)
    hub.tell('one', '2')
    hub.remove('one', a)
    hub.tell('one', '3')
    run()
    expect(a.socket.writes.flat().map(payload)).toEqual(['[1]', '[2]'])
    expect(b.socket.writes.flat().map(payload)).toEqual(['[2]', '[3]'])
  })

  it('lets a room with hundreds of changes a second gather for a beat, and no other room with it', () => {
    const { hub, flusher, advance } = createHub()
    const person = createPerson('a', flusher)
    fill(hub, flusher, 'busy', person)
    hub.add('calm', person)
    for (let n = 0; n < 200; n++) {
      hub.tell('busy', '{}')
      advance(5)
    }
    const [framesBefore, writesBefore] = [hub.frames, person.socket.writes.length]
    for (let n = 0; n < 200; n++) {
      hub.tell('busy', '{}')
      advance(5)
    }
    // One beat every 20 ms, four changes in each.
    expect([hub.frames - framesBefore, person.socket.writes.length - writesBefore]).toEqual([50, 50])
    advance(2)
    hub.tell('busy', '{"late":1}')
    hub.tell('calm', '{"now":1}')
    advance(1)
    expect(person.socket.writes.at(-1)?.map(payload)).toEqual(['[{"now":1}]'])
    advance(20)
    expect(person.socket.writes.at(-1)?.map(payload)).toEqual(['[{"late":1}]'])
  })

  it('lets a room of a few people gather nothing, however many changes it has', () => {
    const { hub, flusher, advance } = createHub()
    const people = ['a', 'b', 'c', 'd'].map((id) => createPerson(id, flusher))
    for (const person of people) hub.add('busy', person)
    for (let n = 0; n < 200; n++) {
      hub.tell('busy', '{}')
      advance(0)
      expect(people[0]?.socket.writes).toHaveLength(n + 1)
      advance(5)
    }
  })

  it('tells at once what is new in a room with fifty changes a second, and a burst after silence', () => {
    const { hub, flusher, advance } = createHub()
    const person = createPerson('a', flusher)
    fill(hub, flusher, 'one', person)
    for (let n = 0; n < 100; n++) {
      hub.tell('one', '{}')
      advance(0)
      expect(person.socket.writes).toHaveLength(n + 1)
      advance(20)
    }
    advance(10_000)
    for (let n = 0; n < 10; n++) {
      hub.tell('one', '{}')
      advance(0)
      expect(person.socket.writes).toHaveLength(101 + n)
    }
  })

  it('cuts the stream of a busy room too: whoever goes gets what was told before, and nothing of after', () => {
    const { hub, flusher, advance } = createHub()
    const [a, b] = [createPerson('a', flusher), createPerson('b', flusher)]
    fill(hub, flusher, 'busy', a, b)
    for (let n = 0; n < 200; n++) {
      hub.tell('busy', '{}')
      advance(5)
    }
    advance(20)
    hub.tell('busy', '1')
    advance(0)
    hub.tell('busy', '2')
    hub.remove('busy', a)
    hub.tell('busy', '3')
    advance(20)
    expect(a.socket.writes.flat().map(payload).slice(-2)).toEqual(['[1]', '[2]'])
    expect(b.socket.writes.flat().map(payload).slice(-3)).toEqual(['[1]', '[2]', '[3]'])
  })
})

describe('a large crowd', () => {
  function createCrowd() {
    const parts = createHub()
    const people = Array.from({ length: 300 }, (_, n) => createPerson(`person-${n}`, parts.flusher))
    for (const person of people) parts.hub.add('large', person)
    const items = (person: (typeof people)[0]) =>
      person.socket.writes.flat().flatMap((frame) => JSON.parse(payload(frame)) as number[])
    return { ...parts, people, items, writes: () => people.reduce((sum, { socket }) => sum + socket.writes.length, 0) }
  }

  it('steady news: in turns some wait for the next, and everybody gets all of it, in order', () => {
    const { hub, advance, people, items, writes } = createCrowd()
    for (let n = 1; n <= 100; n++) {
      hub.tell('large', String(n))
      advance(18)
    }
    advance(100)
    const all = Array.from({ length: 100 }, (_, n) => n + 1)
    for (const person of people) expect(items(person)).toEqual(all)
    expect(writes()).toBeLessThan(0.8 * hub.frames * people.length)
    for (const { socket } of people) expect(socket.writes.length).toBeLessThan(0.95 * hub.frames)
  })

  it('nobody waits for more where the room gathers already', () => {
    const { hub, advance, people, items, writes } = createCrowd()
    for (let n = 1; n <= 100; n++) {
      hub.tell('large', String(n))
      advance(5)
    }
    // Until it was busy, turns were taken.
    const [frames, before] = [hub.frames, writes()]
    for (let n = 101; n <= 200; n++) {
      hub.tell('large', String(n))
      advance(5)
    }
    expect(writes() - before).toBe((hub.frames - frames) * people.length)
    advance(100)
    for (const person of people) expect(items(person)).toHaveLength(200)
  })

  it('whoever waits for more is written within the bound when nothing more comes', () => {
    const { hub, advance, people, items } = createCrowd()
    for (const n of [1, 2]) {
      hub.tell('large', String(n))
      advance(10)
    }
    expect(people.filter((person) => items(person).length < 2)).toHaveLength(100)
    advance(10)
    for (const person of people) expect(items(person)).toEqual([1, 2])
  })

  it('replies don’t wait, nor end the wait of others', () => {
    const { hub, advance, people, items } = createCrowd()
    hub.tell('large', '1')
    advance(10)
    hub.tell('large', '2')
    for (const person of people) person.outbound.enqueueItem('0')
    advance(0)
    for (const person of people) expect(items(person)).toEqual([1, 0, 2])
    hub.tell('large', '3')
    advance(5)
    people[0]?.outbound.enqueueItem('0')
    advance(5)
    expect(people.filter((person) => items(person).length < 4)).toHaveLength(100)
  })

  it('whoever waits for more gets a reply at once, and what waited before it', () => {
    const { hub, advance, people, items } = createCrowd()
    hub.tell('large', '1')
    advance(10)
    hub.tell('large', '2')
    advance(0)
    const waiting = people.filter((person) => items(person).length < 2)
    expect(waiting).toHaveLength(100)
    waiting[0]?.outbound.enqueueItem('0')
    waiting[1]?.outbound.enqueuePong(Buffer.alloc(0))
    advance(1)
    expect(waiting.slice(0, 3).map(({ socket }) => socket.writes.at(-1)?.map((frame) => frame[0]))).toEqual([
      [0x81, 0x81],
      [0x8a, 0x81],
      [0x81],
    ])
    expect(waiting.slice(0, 1).map(items)).toEqual([[1, 2, 0]])
    expect(people.filter(({ socket }) => socket.writes.length < 2)).toHaveLength(98)
  })

  it('where it is in vain, because everybody’s news is of another room, nobody waits', () => {
    const { hub, flusher, advance } = createHub()
    const people = Array.from({ length: 1_200 }, (_, n) => createPerson(`person-${n}`, flusher))
    for (const [n, person] of people.entries()) hub.add(`room-${n % 120}`, person)
    let late = 0
    for (let round = 0; round < 40; round++) {
      // A quarter of the rooms each time: a crowd, but nobody twice in a row.
      for (let room = round % 4; room < 120; room += 4) hub.tell(`room-${room}`, String(round))
      advance(1)
      late += people.filter(
        (person, n) => (n % 120) % 4 === round % 4 && person.socket.writes.length <= round / 4 - 1,
      ).length
      advance(9)
    }
    expect(late).toBeLessThan(400)
  })
})

/** As an end of a WebSocket inflates: no block says that it is the last one. */
const SYNC = { finishFlush: constants.Z_SYNC_FLUSH }

/** The payload of a frame shorter than 126 bytes; whatever isn't a frame as it is. */
function payload(frame: Buffer): string {
  return frame[0] === 0x81 ? frame.subarray(2).toString() : frame.toString()
}

/** A flusher on a clock that the test moves. */
function createFlusher() {
  const clock = createStepClock()
  const { advance } = clock
  return { clock, advance, flusher: new Flusher({ clock, maxWaitMs: 20 }), run: () => advance(0) }
}

/** These people in a room, and enough others that it may gather. */
function fill(hub: Hub, flusher: Flusher, roomId: string, ...people: ReturnType<typeof createPerson>[]) {
  for (const person of people) hub.add(roomId, person)
  for (let n = 0; n < 10; n++) hub.add(roomId, createPerson(`other-${n}`, flusher))
}

function createHub() {
  const parts = createFlusher()
  return { ...parts, hub: new Hub({ flusher: parts.flusher, clock: parts.clock, beatMs: 20 }) }
}

function createSocket() {
  const writes: Buffer[][] = []
  const socket = {
    writes,
    bufferedBytes: 0,
    /** How many bytes of a write the kernel takes at once. */
    takes: Number.POSITIVE_INFINITY,
    write: (chunks: readonly Buffer[]) => {
      writes.push([...chunks])
      for (const { length } of chunks) socket.bufferedBytes += Math.max(0, length - socket.takes)
    },
  }
  return socket
}

function createOutbound({ maxQueuedBytes = 1_000_000 } = {}) {
  const { flusher, run } = createFlusher()
  const socket = createSocket()
  let slow = 0
  let low = 0
  const outbound = new Outbound({
    socket,
    flusher,
    maxQueuedBytes,
    owner: { onSlow: () => slow++, onLow: () => low++ },
    compressFromBytes: 0,
  })
  return { outbound, socket, run, slow: () => slow, low: () => low }
}

function createPerson(id: string, flusher: Flusher, options: { inflates?: boolean } = {}) {
  const socket = createSocket()
  const outbound = new Outbound({
    socket,
    flusher,
    maxQueuedBytes: 1_000_000,
    owner: { onSlow: () => {}, onLow: () => {} },
    compressFromBytes: 0,
  })
  return {
    id,
    socket,
    outbound,
    enqueueFrame: (frame: SharedFrame) => outbound.enqueueFrame(frame.bytes(options.inflates ?? false)),
    enqueueSignal: (frame: SharedFrame) => outbound.enqueueSignal(frame.bytes(options.inflates ?? false)),
  }
}
