/** Buses on a real Redis, for tests: what they start ends with the test. */
import { onTestFinished } from 'vitest'
import { systemClock } from '../../packages/server/src/clock.ts'
import type { BusStage } from '../../packages/server/src/delivery/bus.contract.ts'
import { RedisBus } from '../../packages/server/src/delivery/redis/redis-bus.ts'
import { createLog } from '../../packages/server/src/log.ts'
import { type RedisProcess, startRedis } from '../support/redis.ts'

/** Called when the test has ended, the latest first. */
export function untilEnd(cleanup: () => unknown): void {
  onTestFinished(async () => void (await cleanup()))
}

export async function startOwnRedis(): Promise<RedisProcess> {
  const redis = await startRedis()
  untilEnd(() => redis.stop())
  return redis
}

export function createBus(addresses: readonly string[], prefix = 'parlor', lines: string[] = []): RedisBus {
  const log = createLog('info', { write: (line) => void lines.push(line) })
  const bus = new RedisBus({ addresses, prefix, clock: systemClock, log })
  untilEnd(() => bus.close())
  return bus
}

/** Nodes on this server that are up. */
export async function connect(redis: RedisProcess, count: number): Promise<[RedisBus, RedisBus, ...RedisBus[]]> {
  const buses = Array.from({ length: count }, () => createBus([redis.url]))
  await Promise.all(buses.map(isRestored))
  return buses as [RedisBus, RedisBus, ...RedisBus[]]
}

/** Three nodes on these servers, for the contract. */
export async function openStage(addresses: readonly string[], stop: () => Promise<void>): Promise<BusStage> {
  const log = createLog('silent')
  const buses = [1, 2, 3].map(() => new RedisBus({ addresses, prefix: 'parlor', clock: systemClock, log }))
  await Promise.all(buses.map(isRestored))
  return {
    buses,
    async close() {
      for (const bus of buses) await bus.close()
      await stop()
    },
  }
}

export function isRestored(bus: RedisBus): Promise<void> {
  return bus.isUp ? Promise.resolve() : new Promise((resolve) => bus.onRestored(resolve))
}

export function isDown(bus: RedisBus): Promise<void> {
  return new Promise((resolve) => {
    const look = () => void (!bus.isUp && resolve())
    bus.servers.onChange(look)
    look()
  })
}

/** Asks again and again: for what another process does without telling. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
