import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createClient } from '@redis/client'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../packages/server/src/clock.ts'
import { change, describeBusContract, echo, follow } from '../../packages/server/src/delivery/bus.contract.ts'
import { startRedis } from '../support/redis.ts'
import {
  connect,
  createBus,
  eventually,
  isDown,
  isRestored,
  openStage,
  startOwnRedis,
  untilEnd,
} from './redis-buses.ts'

describe('on one server', () => {
  describeBusContract('redis', async () => {
    const redis = await startRedis()
    return openStage([redis.url], () => redis.stop())
  })

  test('[G4] publishing to a Redis that is gone costs nothing but the news, and whatever is said after its return is heard', async () => {
    const redis = await startOwnRedis()
    const [ann, bob] = await connect(redis, 2)
    const heard = follow(bob, 'room')
    await heard.ready
    await redis.kill()
    await isDown(ann)
    await isDown(bob)
    ann.publish('room', [change(1)])
    // Whoever opens a room now doesn't wait for Redis.
    const later = follow(bob, 'other')
    await later.ready
    const restored = [isRestored(ann), isRestored(bob)]
    await redis.start()
    await Promise.all(restored)
    ann.publish('room', [change(2)])
    ann.publish('other', [change(1)])
    await Promise.all([heard.until(2), later.until(1)])
    expect(heard.seqs).toEqual([2])
    expect(ann.lost).toBe(1)
  })

  test('a service starts without Redis, says so once, and is told when it comes', async () => {
    const redis = await startOwnRedis()
    await redis.kill()
    const lines: string[] = []
    const bus = createBus([redis.url], 'parlor', lines)
    const heard = follow(bus, 'room')
    await heard.ready
    expect(bus.isUp).toBe(false)
    await refusesThrice(redis.port)
    const restored = isRestored(bus)
    await redis.start()
    await restored
    expect(bus.isUp).toBe(true)
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'Redis is out of reach: what other nodes commit is found by asking the database',
      'Redis is here: what other nodes commit is heard at once',
    ])
    const other = createBus([redis.url])
    await isRestored(other)
    other.publish('room', [change(1)])
    await heard.until(1)
  })

  test('a Redis that hangs is left, keeps nobody waiting, and is used again when it goes on', async () => {
    const redis = await startOwnRedis()
    const [ann, bob] = await connect(redis, 2)
    redis.signal('SIGSTOP')
    untilEnd(() => redis.signal('SIGCONT'))
    // Asked of a server that doesn't answer: given up with the connection.
    const heard = follow(bob, 'room')
    await heard.ready
    expect(bob.isUp).toBe(false)
    await isDown(ann)
    const restored = [isRestored(ann), isRestored(bob)]
    redis.signal('SIGCONT')
    await Promise.all(restored)
    ann.publish('room', [change(1)])
    await heard.until(1)
  })

  test('what a hanging Redis leaves unanswered is bounded', async () => {
    const redis = await startOwnRedis()
    const [ann] = await connect(redis, 1)
    redis.signal('SIGSTOP')
    untilEnd(() => redis.signal('SIGCONT'))
    const text = 'x'.repeat(1_048_576)
    for (let seq = 1; seq <= 40; seq++) ann.publish(`room-${seq}`, [change(seq, text)])
    await new Promise<void>((resolve) => systemClock.soon(() => resolve()))
    expect(ann.lost).toBeGreaterThanOrEqual(40 - 16)
  })

  test('what a turn of the event loop brings to a room is one message, without the own copy coming back', async () => {
    const redis = await startOwnRedis()
    const [ann, bob] = await connect(redis, 2)
    const own = follow(ann, 'room')
    await own.ready
    const messages: string[] = []
    const client = createClient({ url: redis.url })
    await client.connect()
    untilEnd(() => client.destroy())
    await client.sSubscribe('parlor:room:room', (message) => void messages.push(message))
    ann.publish('room', [change(1)])
    ann.publish('room', [change(2), change(3)])
    // What Bob says comes behind Ann's own copies.
    await echo([ann, bob], 'room')
    bob.publish('room', [change(5)])
    await own.until(5)
    expect(own.seqs).toEqual([1, 2, 3, Number.MAX_SAFE_INTEGER, 5])
    await eventually(() => messages.length === 3)
    expect(messages.map((message) => JSON.parse(message.slice(13)).length)).toEqual([3, 1, 1])
  })

  test('a room that nobody follows any more is unsubscribed after a while, one that is followed again is not', async () => {
    const redis = await startOwnRedis()
    const [ann] = await connect(redis, 1)
    const [gone, back] = [follow(ann, 'gone'), follow(ann, 'back')]
    await Promise.all([gone.ready, back.ready])
    gone.close()
    back.close()
    const again = follow(ann, 'back')
    await again.ready
    await eventually(async () => {
      const channels = (await redis.run('PUBSUB', 'SHARDCHANNELS')) as string[]
      return !channels.includes('parlor:room:gone') && channels.includes('parlor:room:back')
    })
  })

  test('services with another prefix, nodes of another version and strangers are not heard', async () => {
    const redis = await startOwnRedis()
    const [ann, bob] = await connect(redis, 2)
    const other = createBus([redis.url], 'staging')
    await isRestored(other)
    const heard = follow(bob, 'room')
    await heard.ready
    other.publish('room', [change(1)])
    await echo([other], 'room')
    for (const message of ['2AAAAAAAAAAAA[]', '1AAAAAAAAAAAA{', ''])
      await redis.run('SPUBLISH', 'parlor:room:room', message)
    await echo([ann, bob], 'room')
    expect(heard.seqs).toHaveLength(1)
  })

  test('signs in as the address says, and needs no more rights than docs/configuration.md lists', async () => {
    const redis = await startOwnRedis()
    const rights = ['&parlor:*', '+@connection', '+@pubsub', '+cluster|slots']
    await redis.run('ACL', 'SETUSER', 'chat', 'reset', 'on', '>pass word', ...rights)
    const address = redis.url.replace('//', '//chat:pass%20word@')
    const lines: string[] = []
    const [ann, bob] = [createBus([address], 'parlor', lines), createBus([address])]
    await Promise.all([isRestored(ann), isRestored(bob)])
    await echo([ann, bob], 'room')
    // The room's channels are forbidden to this one: it never counts as up, and doesn't say its password.
    const stranger = createBus([address], 'staging', lines)
    await eventually(() => lines.length > 1)
    expect(stranger.isUp).toBe(false)
    expect(lines.at(-1)).toContain('NOPERM')
    expect(lines.join('')).not.toMatch(/pass(%20| )word/)
  })

  test('several servers that are no cluster are refused', async () => {
    const [one, two] = [await startOwnRedis(), await startOwnRedis()]
    const lines: string[] = []
    const bus = createBus([one.url, two.url], 'parlor', lines)
    await eventually(() => lines.length > 0)
    expect(lines[0]).toContain('REDIS_URL names several servers')
    expect(bus.isUp).toBe(false)
  })
})

const ownUrl = process.env.REDIS_URL
if (ownUrl) describeBusContract('the Redis of REDIS_URL', () => openStage(ownUrl.split(','), async () => {}))

/** Stands where Redis was and ends three connections at once: as often it was tried. */
async function refusesThrice(port: number): Promise<void> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  for (let count = 0; count < 3; count++) {
    const [socket] = (await once(server, 'connection')) as [Socket]
    socket.destroy()
  }
  server.close()
  await once(server, 'close')
}
