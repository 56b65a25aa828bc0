/** What a delivered message costs, counted: so that it can't creep up without anybody seeing it. */
import { expect, test, vi } from 'vitest'
import { type Service, startService } from './harness.ts'
import type { Peer } from './peer.ts'

const MEMBERS = 10
const MESSAGES = 20

test('a lone message costs one commit, one encoding, one frame, and one write for each socket, its reply included', async () => {
  const service = await startService({ store: 'sqlite' })
  const peers = await joinAll(service, ['general'])
  const stringify = vi.spyOn(JSON, 'stringify')
  const cost = await measure(service, async () => {
    for (let n = 0; n < MESSAGES; n++) {
      await peers[0]?.say('general', `number ${n}`)
      await allHave(peers, n + 1)
    }
  })
  const encodings = stringify.mock.calls.filter(([value]) => isCreated(value)).length
  stringify.mockRestore()
  expect({ ...cost, encodings }).toEqual({
    commits: MESSAGES,
    commit_operations: MESSAGES,
    flushes: MESSAGES,
    frames_encoded: MESSAGES,
    socket_writes: MESSAGES * MEMBERS,
    deliveries: MESSAGES * MEMBERS,
    encodings: MESSAGES,
  })
})

test('messages that come together share a commit, a flush, a frame, and a write for each socket', async () => {
  const service = await startService({ store: 'sqlite' })
  const peers = await joinAll(service, ['general'])
  const cost = await measure(service, async () => {
    sendTogether(
      peers[0] as Peer,
      Array.from({ length: MESSAGES }, () => 'general'),
    )
    await allHave(peers, MESSAGES)
  })
  expect(cost).toMatchObject({ commit_operations: MESSAGES, deliveries: MESSAGES * MEMBERS })
  // One of each, unless TCP cut in two what was sent in one piece.
  expect(cost.commits).toBeLessThanOrEqual(2)
  expect(cost.frames_encoded).toBe(cost.commits)
  expect(cost.socket_writes).toBe(cost.frames_encoded * MEMBERS)
})

test('a socket gets one write for a flush, whatever rooms it has news in', async () => {
  const rooms = ['general', 'lobby-1', 'lobby-2', 'lobby-3']
  const service = await startService({ store: 'sqlite' })
  const peers = await joinAll(service, rooms)
  const cost = await measure(service, async () => {
    sendTogether(peers[0] as Peer, rooms)
    await allHave(peers, rooms.length)
  })
  expect(cost.frames_encoded).toBe(rooms.length)
  expect(cost.commits).toBeLessThanOrEqual(2)
  expect(cost.socket_writes).toBe(cost.commits * MEMBERS)
})

/** Everybody in every room, as members, and nothing under way. */
async function joinAll(service: Service, rooms: readonly string[]): Promise<Peer[]> {
  const peers = await Promise.all(Array.from({ length: MEMBERS }, (_, i) => service.signIn(`user-${i}`)))
  for (const roomId of rooms) {
    for (const peer of peers) await peer.command({ type: 'room.join', roomId })
    for (const peer of peers) await peer.open(roomId)
  }
  return peers
}

/** Several commands in one piece of TCP. */
function sendTogether(peer: Peer, rooms: readonly string[]): void {
  const stream = (peer.socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket
  stream.cork()
  for (const roomId of rooms) peer.send({ type: 'message.send', roomId, id: crypto.randomUUID(), text: 'together' })
  stream.uncork()
}

async function allHave(peers: readonly Peer[], count: number): Promise<void> {
  for (const peer of peers)
    await peer.until(() => peer.items.filter((item) => item.type === 'message.created').length === count, `${count}`)
}

/** How much the service's own counts grew meanwhile. */
async function measure(service: Service, act: () => Promise<void>): Promise<Record<Count, number>> {
  const before = await readCounts(service)
  await act()
  const after = await readCounts(service)
  return Object.fromEntries(COUNTS.map((name) => [name, after[name] - before[name]])) as Record<Count, number>
}

async function readCounts(service: Service): Promise<Record<Count, number>> {
  const { body } = await service.call('GET', '/metrics')
  const read = (name: Count) => Number(new RegExp(`^parlor_${name} (\\d+)$`, 'm').exec(body)?.[1])
  return Object.fromEntries(COUNTS.map((name) => [name, read(name)])) as Record<Count, number>
}

function isCreated(value: unknown): boolean {
  return (value as { type?: unknown } | null)?.type === 'message.created'
}

const COUNTS = ['commits', 'commit_operations', 'flushes', 'frames_encoded', 'socket_writes', 'deliveries'] as const

// --- types ---

type Count = (typeof COUNTS)[number]
