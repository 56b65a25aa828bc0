import { setImmediate, setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Outcome, type Request, unavailable } from './outcome.ts'
import { WriteQueue, type WriteQueueOptions } from './write-queue.ts'

test('what comes while a batch is in flight is the next batch, in its order', async () => {
  const { queue, batches } = open()
  const done: number[] = []
  const add = async (n: number) => {
    await queue.add(request(n))
    done.push(n)
  }
  const first = [add(1), add(2)]
  await setImmediate()
  const second = [add(3), add(4), add(5)]
  await setImmediate()
  expect(batches.map(({ names }) => names)).toEqual([['1', '2']])
  expect(done).toEqual([])
  batches[0]?.succeed()
  await Promise.all(first)
  expect(done).toEqual([1, 2])
  expect(batches.map(({ names }) => names)).toEqual([
    ['1', '2'],
    ['3', '4', '5'],
  ])
  batches[1]?.succeed()
  await Promise.all(second)
  expect(done).toEqual([1, 2, 3, 4, 5])
})

test('each operation ends as the writer says', async () => {
  const { queue, batches, errors } = open()
  const added = [1, 2, 3, 4].map((n) => queue.add(request(n)))
  const settled = Promise.allSettled(added)
  await setImmediate()
  const refusal = { code: 'forbidden', message: 'no', retryable: false } as const
  batches[0]?.answer([{ ok: 'fine' }, { refusal }, { unavailable: 'full' }, { fault: 'bug' }])
  expect(await settled).toMatchObject([
    { status: 'fulfilled', value: 'fine' },
    { status: 'rejected', reason: { code: 'forbidden', message: 'no' } },
    { status: 'rejected', reason: { code: 'unavailable', cause: { message: 'full' } } },
    { status: 'rejected', reason: { code: 'internal', cause: { message: 'bug' } } },
  ])
  expect(errors).toMatchObject([{ code: 'unavailable' }, { code: 'internal' }])
})

test('a batch has a limit, and so has the queue', async () => {
  const { queue, batches } = open({ maxBatch: 2, maxQueued: 3 })
  const added = [1, 2, 3].map((n) => queue.add(request(n)))
  await expect(queue.add(request(4))).rejects.toMatchObject({ code: 'unavailable' })
  await setImmediate()
  expect(batches[0]?.names).toEqual(['1', '2'])
  const more = [queue.add(request(5)), queue.add(request(6))]
  batches[0]?.succeed()
  await Promise.all(added.slice(0, 2))
  batches[1]?.succeed()
  await added[2]
  batches[2]?.succeed()
  await Promise.all(more)
  expect(batches.map(({ names }) => names)).toEqual([['1', '2'], ['3', '5'], ['6']])
})

test('a writer that is down fails its batch, and the next one is tried', async () => {
  const { queue, batches } = open()
  const first = expect(queue.add(request(1))).rejects.toMatchObject({ code: 'unavailable' })
  await setImmediate()
  batches[0]?.fail()
  await first
  const second = queue.add(request(2))
  await setImmediate()
  batches[1]?.succeed()
  await second
})

test('[G13] what takes too long is answered timeout; in flight, it may be stored still; waiting, it is dropped', async () => {
  const { queue, batches } = open({ timeoutMs: 20 })
  const inFlight = expect(queue.add(request(1))).rejects.toMatchObject({ code: 'timeout' })
  await setImmediate()
  const waiting = expect(queue.add(request(2))).rejects.toMatchObject({ code: 'timeout' })
  await Promise.all([inFlight, waiting])
  const later = queue.add(request(3))
  batches[0]?.succeed()
  await setImmediate()
  expect(batches.map(({ names }) => names)).toEqual([['1'], ['3']])
  batches[1]?.succeed()
  await later
})

test('closing finishes what was added, and takes no more', async () => {
  const { queue, batches } = open()
  const added = [queue.add(request(1))]
  await setImmediate()
  added.push(queue.add(request(2)))
  let isClosed = false
  const closed = queue.close().then(() => {
    isClosed = true
  })
  await expect(queue.add(request(3))).rejects.toMatchObject({ code: 'unavailable' })
  batches[0]?.succeed()
  await added[0]
  expect(isClosed).toBe(false)
  batches[1]?.succeed()
  await Promise.all([...added, closed])
})

test('several writers have several batches in flight, and never one room in two of them', async () => {
  const { queue, batches } = open({ writers: 2, roomOf: ({ args }) => args[0] as string })
  const added = [queue.add(request(1, 'a')), queue.add(request(2, 'b'))]
  await setImmediate()
  added.push(queue.add(request(3, 'a')), queue.add(request(4, 'c')), queue.add(request(5, 'a')))
  await setImmediate()
  added.push(queue.add(request(6, 'd')))
  await setImmediate()
  const names = () => batches.map((batch) => batch.names)
  expect(names()).toEqual([['1', '2'], ['4']])
  batches[0]?.succeed()
  await Promise.all(added.slice(0, 2))
  expect(names()).toEqual([['1', '2'], ['4'], ['3', '5', '6']])
  const closed = queue.close()
  batches[1]?.fail()
  batches[2]?.succeed()
  await Promise.allSettled(added)
  await closed
})

test('where much is waiting, idle writers share the rooms, and none waits for the other', async () => {
  const limits = { maxQueued: 1_000, maxGatherMs: 60_000 }
  const { queue, batches } = open({ writers: 2, roomOf: ({ args }) => args[0] as string, ...limits })
  // Two moments that are far enough apart tell the pacer a rate.
  const first = queue.add(request(1_000, 'z'))
  await setImmediate()
  batches.shift()?.succeed()
  await first
  await setTimeout(60)
  const rooms = ['a', 'b', 'c', 'd']
  const added = Array.from({ length: 160 }, (_, n) => queue.add(request(n, rooms[n % 4])))
  await setImmediate()
  const roomsOfBatches = () => batches.map(({ names }) => new Set(names.map((name) => rooms[Number(name) % 4])))
  expect(roomsOfBatches()).toEqual([new Set(['a', 'b']), new Set(['c', 'd'])])
  // A room whose batch is done has its next one whatever the others do.
  const more = [queue.add(request(160, 'a')), queue.add(request(161, 'c'))]
  batches[0]?.succeed()
  await Promise.all(added.filter((_, n) => n % 4 < 2))
  await expect.poll(() => batches.at(-1)?.names).toEqual(['160'])
  batches[1]?.succeed()
  await Promise.all(added)
  await expect.poll(() => batches.at(-1)?.names).toEqual(['161'])
  for (const batch of batches.slice(2)) batch.succeed()
  await Promise.all(more)
})

test('closing an idle queue is done at once', async () => {
  await open().queue.close()
})

/** A queue whose writer answers when the test says so. */
function open(options: Partial<WriteQueueOptions> = {}) {
  const batches: Batch[] = []
  const errors: Error[] = []
  const write = (requests: readonly Request[]) =>
    new Promise<readonly Outcome[]>((resolve, reject) => {
      batches.push({
        names: requests.map(({ name }) => name),
        answer: resolve,
        succeed: () => resolve(requests.map(({ name }) => ({ ok: name }))),
        fail: () => reject(unavailable('down')),
      })
    })
  const onError = (error: Error) => errors.push(error)
  const limits = { maxGatherMs: 0, maxBatch: 100, maxQueued: 100, timeoutMs: 60_000 }
  return { queue: new WriteQueue({ ...limits, write, onError, ...options }), batches, errors }
}

function request(n: number, room?: string): Request {
  return { name: String(n), args: room ? [room] : [], nowMs: 0 }
}

interface Batch {
  names: string[]
  answer: (outcomes: readonly Outcome[]) => void
  succeed: () => void
  fail: () => void
}
