import { createClient } from '@redis/client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../packages/server/src/clock.ts'
import type { RedisBus } from '../../packages/server/src/delivery/redis/redis-bus.ts'
import { RedisSignalBus } from '../../packages/server/src/delivery/redis/redis-signal-bus.ts'
import { describeSignalBusContract, listen, person } from '../../packages/server/src/delivery/signal-bus.contract.ts'
import { ASKED_FOR_MS, SAID_FOR_MS } from '../../packages/server/src/delivery/signal-bus.ts'
import { ManualClock } from '../conformance/manual-clock.ts'
import { startRedis, startRedisCluster } from '../support/redis.ts'
import { connect, eventually, isDown, isRestored, openStage, startOwnRedis } from './redis-buses.ts'

describeSignalBusContract('redis', async () => {
  const redis = await startRedis()
  return openSignalStage(redis.url, () => redis.stop())
})

describeSignalBusContract('redis cluster', async () => {
  const cluster = await startRedisCluster()
  return openSignalStage(cluster.servers[0]!.url, () => cluster.stop())
})

describe('a node over Redis', () => {
  test('[G10] is forgotten with everybody on it when it isn’t heard any more', async () => {
    const { clock, buses, signals } = await openNodes()
    const heard = listen(signals[1])
    signals[0].say('room', 'presence', [person('ann')])
    await heard.until(['ann'])
    // Its process is gone without a word.
    await buses[0].close()
    await clock.advance(SAID_FOR_MS - 1)
    expect(heard.all.at(-1)).toEqual(['ann'])
    await clock.advance(30_000 - SAID_FOR_MS)
    expect(heard.all.at(-1)).toEqual([])
  })

  test('[G10] that says the same again and again is believed, and says it seldom', async () => {
    const { clock, messages, signals } = await openNodes()
    const heard = listen(signals[1])
    for (let second = 0; second < 60; second++) {
      signals[0].say('room', 'presence', [person('ann')])
      await eventually(() => heard.all.length === Math.floor(second / 8) + 1)
      await clock.advance(1_000)
    }
    expect(heard.all).toEqual(Array.from({ length: 8 }, () => ['ann']))
    expect(messages).toHaveLength(8)
  })

  test('says long lists less often, and then the latest of them', async () => {
    const { clock, messages, signals } = await openNodes()
    const heard = listen(signals[1])
    const crowd = Array.from({ length: 5_000 }, (_, index) => person(`user-${1_000 + index}`))
    for (let second = 0; second < 16; second++) {
      signals[0].say('room', 'presence', crowd.slice(second))
      await clock.advance(500)
    }
    await clock.advance(5_000)
    await heard.until(crowd.slice(15).map(({ id }) => id))
    expect(messages.length).toBe(3)
  })

  test('[G10] that comes to a room is asked soon who is in it, by one of those who want to know', async () => {
    const { signals, pass, come } = await openNodes(6)
    const [newcomer, ...watchers] = signals
    for (const watcher of watchers) watcher.ask('room')
    await pass(5_000, 500)
    const asked = await come()
    await pass(300, 10)
    // All of them, if none heard the others.
    expect(asked.times).toBeGreaterThan(0)
    expect(asked.times).toBeLessThan(watchers.length)
    // It knows now, and says so.
    const before = asked.times
    newcomer.say('room', 'presence', [person('ann'), person('bo')])
    await pass(300, 10)
    expect(asked.times).toBe(before)
  })

  test('[G10] that comes to a room is asked though it asks itself', async () => {
    const { signals, pass, come } = await openNodes()
    const [newcomer, watcher] = signals
    watcher.ask('room')
    await pass(1_000, 500)
    const asked = await come()
    newcomer.ask('room')
    await pass(300, 10)
    expect(asked.times).toBe(1)
  })

  test('is asked by nobody who has stopped wanting to know', async () => {
    const { signals, pass, come } = await openNodes()
    signals[1].ask('room')
    await pass(ASKED_FOR_MS, 1_000)
    const asked = await come()
    await pass(300, 10)
    expect(asked.times).toBe(0)
  })

  test('[G10] that can’t hear the others says so, and asks them anew when it can', async () => {
    const { clock, redis, buses, signals, follow } = await openNodes()
    await follow(buses[0])
    const told: boolean[] = []
    signals[0].onWholeChanged(() => told.push(signals[0].isWhole))
    await clock.advance(10_000)
    expect(signals.map(({ isWhole }) => isWhole)).toEqual([true, true])
    signals[1].ask('room')
    await redis.kill()
    await Promise.all(buses.map(isDown))
    expect(told).toEqual([true, false])
    signals[0].say('room', 'presence', [person('ann')])
    signals[0].onAsked(() => signals[0].say('room', 'presence', [person('ann')]))
    const heard = listen(signals[1])
    await redis.start()
    // The one that asks may be back first: it asks again with its next look.
    await Promise.all(buses.map(isRestored))
    expect(signals[0].isWhole).toBe(false)
    await clock.advance(10_000)
    signals[1].ask('room')
    await heard.until(['ann'])
    expect(told).toEqual([true, false, true])
  })
})

async function openSignalStage(url: string, stop: () => Promise<void>) {
  const { buses, close } = await openStage([url], stop)
  const signals = buses.map((bus) => new RedisSignalBus(bus as RedisBus, systemClock))
  await Promise.all(buses.flatMap((bus) => ['room', 'asked'].map((roomId) => bus.subscribe(roomId, () => {}).ready)))
  return { buses: signals as [RedisSignalBus, RedisSignalBus, RedisSignalBus], close }
}

/** Nodes that follow a room, but for the first of them, a clock of theirs, and what is said there. */
async function openNodes(count = 2) {
  const redis = await startOwnRedis()
  const buses = await connect(redis, count)
  const clock = new ManualClock()
  const open = (bus: RedisBus): RedisSignalBus => new RedisSignalBus(bus, clock)
  const [one, two, ...more] = buses
  const signals = [open(one), open(two), ...more.map(open)] as const
  const follow = (bus: RedisBus): Promise<void> => bus.subscribe('room', () => {}).ready
  await Promise.all([two, ...more].map(follow))
  const messages: string[] = []
  const client = createClient({ url: redis.url, socket: { reconnectStrategy: false } })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  await client.sSubscribe('parlor:room:room', (message) => void messages.push(message))
  /** In steps, in which what is said can arrive. */
  const pass = async (ms: number, stepMs: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await clock.advance(stepMs)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  /** The first follows the room too, says who is there on it, and counts how often it is asked. */
  const come = async (): Promise<{ times: number }> => {
    await follow(one)
    const [newcomer] = signals
    const asked = { times: 0 }
    newcomer.onAsked(() => asked.times++)
    newcomer.say('room', 'presence', [person('ann')])
    return asked
  }
  return { redis, buses, clock, signals, messages, pass, follow, come }
}
