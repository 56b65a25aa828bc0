/** One node's bus in a process of its own, for bus.ts: it publishes changes, or receives them and makes frames of them. */
import { systemClock } from '../packages/server/src/clock.ts'
import { eventEntry } from '../packages/server/src/delivery/feed-entry.ts'
import { textFrame } from '../packages/server/src/delivery/frame.ts'
import { RedisBus } from '../packages/server/src/delivery/redis/redis-bus.ts'
import { createLog } from '../packages/server/src/log.ts'
import type { Change } from '../packages/server/src/store/change.ts'

const [role, url = ''] = process.argv.slice(2)
const bus = new RedisBus({ addresses: [url], prefix: 'bench', clock: systemClock, log: createLog('fatal') })
const counted = { count: 0, missed: 0, startUs: 0 }

process.on('message', (message: Load | 'end') => {
  if (message === 'end') tell({ type: 'spent', ...spend() })
  else if (role === 'publish') void publish(message)
  else void receive(message)
})
// While it isn't up, a bus keeps nobody waiting: not those who follow a room, nor those who publish.
if (!bus.isUp) await new Promise<void>((resolve) => bus.onRestored(resolve))
tell({ type: 'started' })

/** As many changes a second as it says, each in a room of its own turn. */
async function publish({ rooms, rate, warmMs, measureMs }: Load): Promise<void> {
  let sent = 0
  const beginMs = performance.now()
  const until = async (endMs: number): Promise<void> => {
    for (let now = 0; now < endMs; now = performance.now() - beginMs) {
      for (; sent < (now * rate) / 1_000; sent++)
        bus.publish(`room-${sent % rooms}`, [makeChange(Math.floor(sent / rooms) + 1)])
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  await until(warmMs)
  tell({ type: 'warm' })
  begin()
  const before = sent
  await until(warmMs + measureMs)
  counted.count = sent - before
  tell({ type: 'spent', ...spend() })
}

/** Does with every change what a node does before it writes to its sockets. It counts from when it is warm. */
async function receive({ rooms, warmMs }: Load): Promise<void> {
  let firstMs = 0
  const hear = (last: { seq: number }, changes: readonly Change[]): void => {
    if (firstMs === 0) firstMs = performance.now()
    if (counted.startUs === 0 && performance.now() - firstMs > warmMs) begin()
    for (const change of changes) {
      textFrame(`[${eventEntry(change).json}]`)
      counted.count++
      counted.missed += change.event.seq - last.seq - 1
      last.seq = change.event.seq
    }
  }
  const subscriptions = Array.from({ length: rooms }, (_, room) => {
    const last = { seq: 0 }
    return bus.subscribe(`room-${room}`, (changes) => hear(last, changes)).ready
  })
  await Promise.all(subscriptions)
  tell({ type: 'ready' })
}

function begin(): void {
  counted.count = 0
  counted.startUs = readUs()
}

function spend(): Spent {
  return { count: counted.count, missed: counted.missed, us: readUs() - counted.startUs }
}

/** All threads of this process. */
function readUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function tell(message: object): void {
  process.send?.(message)
}

/** A message as long as the benchmark's. */
function makeChange(seq: number): Change {
  const user = { id: 'user-000001', name: 'Ada Lovelace', picture: null }
  const id = crypto.randomUUID()
  const text = 'x'.repeat(120)
  const places = { seq, version: seq, ordinal: seq, textVersion: seq }
  const message = { id, ...places, user, text, createdAt: Date.now(), reactions: [] }
  return { epoch: 'bench', event: { type: 'message.created', roomId: 'room', seq, message } }
}

// --- types ---

export interface Load {
  rooms: number
  /** Changes a second, in all rooms. */
  rate: number
  warmMs: number
  measureMs: number
}

export interface Spent {
  /** Changes published or received. */
  count: number
  /** Numbers that didn't come. */
  missed: number
  /** CPU. */
  us: number
}
