/**
 * Saboteur: runs inside the service's process and its threads, before them, and breaks on request what can't be broken
 * from outside: it dies at a chosen point, shifts the clock, makes the disk slow. The service has no switch for any of
 * it: this module wraps methods of the service's own modules, loaded from source by the same URL.
 */
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads'
import type { Outbound } from '../../../packages/server/src/delivery/outbound.ts'
import type { Request } from '../../../packages/server/src/store/operations/outcome.ts'
import type { DeathPoint, Order } from './orders.ts'

const SERVER = new URL('../../../packages/server/src/', import.meta.url)

let shiftMs = 0
let commitTakesMs = 0
let slowCommits = 0
let death: { at: DeathPoint; left: number } | undefined
let isTelling = false

shiftDate()
// Between the threads of one process. It keeps none of them alive.
const threads = new BroadcastChannel('saboteur')
threads.unref()
if (isMainThread) {
  await wrapDelivery()
  obeyTheRig()
} else {
  await wrapWriter()
  threads.onmessage = (event) => {
    const { data } = event as { data: ToThread | FromThread }
    if (!('order' in data)) return
    obey(data.order)
    threads.postMessage({ obeyed: data.number, by: threadId } satisfies FromThread)
  }
}

/** The store's two threads, and this one. */
const STORE_THREADS = 2

/** Answers an order once every thread follows it. */
function obeyTheRig(): void {
  let number = 0
  const obeyed = new Map<number, Set<number>>()
  const answer = (): void => void process.send?.({ now: Date.now() })
  threads.onmessage = (event) => {
    const { data } = event as { data: ToThread | FromThread }
    if (!('obeyed' in data)) return
    const by = obeyed.get(data.obeyed)?.add(data.by)
    if (by?.size === STORE_THREADS) answer()
  }
  process.on('message', (order: Order) => {
    number += 1
    obeyed.set(number, new Set())
    obey(order)
    threads.postMessage({ number, order } satisfies ToThread)
  })
  // The service ends when it wants to.
  process.channel?.unref()
}

function obey(order: Order): void {
  if (order.do === 'shift clock') shiftMs = order.ms
  else if (order.do === 'slow commits') {
    slowCommits = order.count
    commitTakesMs = order.ms
  } else death = { at: order.at, left: order.after }
}

/** Dies if this is the point, and its turn. SIGKILL: no handler runs and nothing is flushed. */
function pass(point: DeathPoint): void {
  if (death?.at !== point) return
  death.left -= 1
  if (death.left <= 0) process.kill(process.pid, 'SIGKILL')
}

/** What a step of the system's clock does to JavaScript: dates move, timers and `performance` don't. */
function shiftDate(): void {
  const SystemDate = Date
  class ShiftedDate extends SystemDate {
    static override now(): number {
      return SystemDate.now() + shiftMs
    }

    constructor(...parts: [] | [number | string | Date]) {
      if (parts.length === 0) super(ShiftedDate.now())
      else super(...parts)
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor
}

async function wrapWriter(): Promise<void> {
  wrap(
    await load('store/sqlite/batch-writer.ts', 'BatchWriter'),
    'write',
    (write) =>
      function (this: unknown, requests: readonly Request[]) {
        const isWork = requests.some(({ name }) => name !== 'checkHealth')
        if (isWork) pass('before the commit')
        if (slowCommits > 0) {
          slowCommits -= 1
          // A disk that doesn't answer holds the thread, as fsync does.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, commitTakesMs)
        }
        const outcomes = write.call(this, requests)
        if (isWork) pass('between commit and ack')
        return outcomes
      },
  )
}

async function wrapDelivery(): Promise<void> {
  wrap(
    await load('delivery/bus-memory.ts', 'MemoryBus'),
    'publish',
    (publish) =>
      function (this: unknown, ...args: unknown[]) {
        pass('between commit and publish')
        isTelling = true
        return publish.apply(this, args)
      },
  )
  wrap(
    await load('delivery/outbound.ts', 'Outbound'),
    'flush',
    (flush) =>
      function (this: Outbound) {
        const before = isTelling
        const written = flush.call(this)
        // The sender's socket comes first, with its ack: those after it haven't been written.
        if (before && written) pass('between ack and delivery')
        return written
      },
  )
}

/** A wrapper that isn't called any more would sabotage nothing: a method that is gone stops the start. */
function wrap(owner: Owner, name: string, make: (original: Method) => Method): void {
  const original = owner.prototype[name]
  if (typeof original !== 'function') throw new Error(`saboteur: ${name} is not a method any more`)
  owner.prototype[name] = make(original)
}

async function load(path: string, name: string): Promise<Owner> {
  const owner = ((await import(new URL(path, SERVER).href)) as Record<string, Owner>)[name]
  if (!owner) throw new Error(`saboteur: ${path} has no ${name} any more`)
  return owner
}

// --- types ---

// biome-ignore lint/suspicious/noExplicitAny: it stands for methods of any shape.
type Method = (this: any, ...args: any[]) => any

interface Owner {
  prototype: Record<string, Method>
}

interface ToThread {
  number: number
  order: Order
}

interface FromThread {
  obeyed: number
  by: number
}
