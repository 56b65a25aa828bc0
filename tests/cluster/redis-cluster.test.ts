import { describe, expect, test } from 'vitest'
import { change, describeBusContract, follow } from '../../packages/server/src/delivery/bus.contract.ts'
import { slotOf } from '../../packages/server/src/delivery/redis/key-slot.ts'
import { startRedisCluster } from '../support/redis.ts'
import { createBus, eventually, isDown, isRestored, openStage, untilEnd } from './redis-buses.ts'

test('a key has the slot that Redis gives it', () => {
  // The check value of CRC16/XMODEM, and the examples of the cluster's specification.
  expect(slotOf('123456789')).toBe(0x31c3)
  expect(slotOf('{user1000}.following')).toBe(slotOf('{user1000}.followers'))
  expect(slotOf('foo{}{bar}')).not.toBe(slotOf('bar'))
  expect(slotOf('foo{{bar}}zap')).toBe(slotOf('{bar'))
})

describe('on a cluster of three masters', () => {
  describeBusContract('redis cluster', async () => {
    const cluster = await startRedisCluster()
    return openStage([cluster.servers[0]!.url], () => cluster.stop())
  })

  test('[G4] a slot that moves takes its rooms along', async () => {
    const cluster = await startRedisCluster()
    untilEnd(() => cluster.stop())
    const [one, two] = cluster.servers
    const buses = [createBus([one!.url]), createBus([two!.url])] as const
    await Promise.all(buses.map(isRestored))
    const [ann, bob] = buses
    const heard = follow(bob, 'room')
    await heard.ready
    const slot = slotOf('parlor:room:room')
    for (const target of cluster.servers) {
      const from = heard.seqs.length
      await cluster.moveSlot(slot, target)
      // What is said while it moves may be lost. It isn't for long.
      await eventually(() => {
        ann.publish('room', [change(heard.seqs.length + 1)])
        return heard.seqs.length > from
      })
    }
  })

  test('[G4] a replica that takes the place of its master is found', async () => {
    const cluster = await startRedisCluster()
    untilEnd(() => cluster.stop())
    const [one] = cluster.servers
    const buses = [createBus([one!.url]), createBus([one!.url])] as const
    await Promise.all(buses.map(isRestored))
    const [ann, bob] = buses
    const rooms = Array.from({ length: 60 }, (_, index) => `room-${index}`)
    const heard = rooms.map((roomId) => follow(bob, roomId))
    await cluster.addReplica(one!)
    await one!.kill()
    await Promise.all(buses.map(isDown))
    await Promise.all(buses.map(isRestored))
    for (const roomId of rooms) ann.publish(roomId, [change(1)])
    await Promise.all(heard.map(({ until }) => until(1)))
    // The old master comes back as the replica of the new one, and has nothing to say.
    await one!.start()
    for (const roomId of rooms) ann.publish(roomId, [change(2)])
    await Promise.all(heard.map(({ until }) => until(2)))
  })

  test('a master that is gone takes only its rooms along, until it is back', async () => {
    const cluster = await startRedisCluster()
    untilEnd(() => cluster.stop())
    const [one, two, three] = cluster.servers
    for (const server of cluster.servers) await server.run('CONFIG', 'SET', 'cluster-require-full-coverage', 'no')
    const buses = [createBus([one!.url]), createBus([two!.url, one!.url])] as const
    await Promise.all(buses.map(isRestored))
    const [ann, bob] = buses
    const rooms = Array.from({ length: 60 }, (_, index) => `room-${index}`)
    const thirdOf = (roomId: string) => Math.floor((slotOf(`parlor:room:${roomId}`) * 3) / 16_384)
    const heard = rooms.map((roomId) => follow(bob, roomId))
    await Promise.all(heard.map(({ ready }) => ready))
    await three!.kill()
    await Promise.all(buses.map(isDown))
    for (const roomId of rooms) ann.publish(roomId, [change(1)])
    await Promise.all(heard.filter((_, index) => thirdOf(rooms[index]!) < 2).map(({ until }) => until(1)))
    const restored = buses.map(isRestored)
    await three!.start()
    await Promise.all(restored)
    for (const roomId of rooms) ann.publish(roomId, [change(2)])
    await Promise.all(heard.map(({ until }) => until(2)))
    const seqs = rooms.map((roomId) => (thirdOf(roomId) < 2 ? [1, 2] : [2]))
    expect(heard.map((followed) => followed.seqs)).toEqual(seqs)
  })
})
