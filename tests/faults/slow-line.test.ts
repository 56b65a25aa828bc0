/** A client that comes back to many rooms over a slow line: it gets everything, one room after the other. */
import { expect, onTestFinished, test } from 'vitest'
import { type Service, startService } from '../conformance/harness.ts'
import { type Item, openPeer, type Peer } from '../conformance/peer.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'

const ROOMS = Array.from({ length: 30 }, (_, at) => `lobby-${at}`)
const ROWS = 100
const TEXT = 'x'.repeat(4_000)
/** More than the kernel and the proxy take, so that the rest waits in the service. */
const BYTES_PER_SECOND = 6_000_000

test('[G9] [RESUME-1] [RESUME-7] thirty rooms with much news come one after the other, live news and other commands between them', async () => {
  const service = await startService({ config: { maxQueuedBytes: 65_536 } })
  const slow = await comeBackSlowly(service, { data: { padding: 'y' } })
  let peak = 0
  let isDone = false
  const watching = (async () => {
    while (!isDone) peak = Math.max(peak, await queuedBytes(service))
  })()
  // Closed before its turn came, so nothing of it is to come; and said behind all that, it is done at once.
  const closing = slow.command({ type: 'room.close', roomId: 'lobby-29' })
  const { seq } = await slow.say('lobby-0', 'news')
  const listOpened = () => slow.stream().filter(({ type }) => type === 'room.opened')
  await slow.until(() => listOpened().length >= ROOMS.length - 1, 'every room')
  isDone = true
  await watching
  await closing
  const opened = listOpened()
  expect(opened.map(({ roomId }) => roomId).toSorted()).toEqual(ROOMS.slice(0, -1).toSorted())
  for (const { range } of opened) expect(range.messages.length).toBeGreaterThanOrEqual(ROWS)
  await slow.until(() => holds(slow.stream('lobby-0'), seq), 'its own message')
  // Four answers of 430 KB at a time, and not the 13 MB of all of them.
  expect(peak).toBeLessThan(4 * ROWS * 4_400 + 200_000)
})

test('[G4] [G9] a room that is asked for again while it waits keeps its place, and the latest question is answered', async () => {
  const service = await startService()
  const slow = await comeBackSlowly(service)
  await slow.push('room.opened')
  // As a client does that has waited for long enough: for what is far behind, twice.
  const last = ROOMS.slice(-10)
  const since = { epoch: '', seq: 0 }
  const first = last.map((roomId) => slow.send({ type: 'room.open', roomId, since }))
  const second = last.map((roomId) => slow.send({ type: 'room.open', roomId, since }))
  for (const ref of first) expect((await slow.reply(ref)).error).toMatchObject({ code: 'room_not_found' })
  for (const ref of second) expect((await slow.reply(ref)).ok).toMatchObject({ range: { from: 0 } })
  const pushed = slow.stream().filter(({ type }) => type === 'room.opened')
  expect(pushed.map(({ roomId }) => roomId).toSorted()).toEqual(ROOMS.slice(0, -10).toSorted())
})

test('[G3] [G9] a client that pings while it reads long frames gets them whole', async () => {
  const service = await startService()
  const slow = await comeBackSlowly(service)
  const pinging = setInterval(() => slow.socket.ping(), 20)
  onTestFinished(() => clearInterval(pinging))
  let pongs = 0
  slow.socket.on('pong', () => (pongs += 1))
  const count = () => slow.stream().filter(({ type }) => type === 'room.opened').length
  await slow.until(() => count() === ROOMS.length, 'every room')
  expect(pongs).toBeGreaterThan(0)
})

test.each(['terminate', 'close'] as const)(
  '[G9] who names many rooms and goes (%s) leaves nothing behind',
  async (how) => {
    const service = await startService({ store: 'sqlite' })
    const writer = await service.signIn('ann')
    const rooms = Array.from({ length: 100 }, (_, at) => `lobby-${at}`)
    for (const roomId of rooms) await writer.say(roomId, 'first')
    for (let n = 0; n < 10; n++) {
      const peer = await service.connect()
      await peer.hello(service.token('bo'), { rooms: rooms.map(fromTheBeginning) })
      peer.socket[how]()
      await peer.closed
    }
    while ((await readMetric(service, 'connections')) > 1) await writer.command({ type: 'ping' })
    await writer.settle()
    const before = await readMetric(service, 'deliveries')
    for (const roomId of rooms) await writer.say(roomId, 'is anybody there?')
    expect((await readMetric(service, 'deliveries')) - before).toBe(0)
  },
)

/** Bo comes back over a slow line to all the rooms, in which Ann has said so much, and says `hello`. */
async function comeBackSlowly(service: Service, more: Record<string, unknown> = {}): Promise<Peer> {
  const writer = await service.signIn('ann')
  for (const roomId of ROOMS) await Promise.all(Array.from({ length: ROWS }, () => writer.say(roomId, TEXT, more)))
  const proxy = await startFaultProxy(service.port)
  onTestFinished(() => proxy.close())
  proxy.slow({ bytesPerSecond: BYTES_PER_SECOND })
  const slow = await openPeer(`ws://127.0.0.1:${proxy.port}/v1/ws`)
  onTestFinished(() => slow.socket.terminate())
  slow.send({ type: 'hello', token: service.token('bo'), rooms: ROOMS.map(fromTheBeginning) })
  return slow
}

function fromTheBeginning(roomId: string) {
  return { roomId, epoch: '', seq: 0 }
}

function holds(items: Item[], seq: number): boolean {
  return items.some((item) => item.seq === seq || Number(item.head) >= seq)
}

function queuedBytes(service: Service): Promise<number> {
  return readMetric(service, 'queued_bytes')
}

async function readMetric(service: Service, name: string): Promise<number> {
  const { body } = await service.call('GET', '/metrics')
  return Number(new RegExp(`^parlor_${name} (\\d+)$`, 'm').exec(body)?.[1])
}
