/** People chat through three nodes while Redis is killed, hangs and cuts connections, and nodes restart; what they saw is judged. */
import { setTimeout as delay } from 'node:timers/promises'
import { startTestServer, type TestServer } from '@parlor/server/testing'
import { formatViolation, judge, runWorkload } from '@parlor/verify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMemoryStore } from '../../packages/server/src/store/memory/memory-store.ts'
import { startBalancer } from '../support/balancer.ts'
import { type RedisProcess, startRedis } from '../support/redis.ts'

// Only a bound for what hangs: a busy machine takes long to settle.
vi.setConfig({ testTimeout: 120_000 })

test('[G1] [G2] [G3] [G4] [G5] [G6] [G7] [G14] [G11] whatever happens to Redis or to one of them, three nodes keep what one keeps', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const store = createMemoryStore()
  const startNode = () => startTestServer({ store, env: { REDIS_URL: redis.url } })
  const nodes: TestServer[] = [await startNode(), await startNode(), await startNode()]
  const balancer = await startBalancer(nodes.map(({ port }) => port))
  onTestFinished(async () => {
    await balancer.close()
    for (const node of nodes) await node.close()
  })
  const [app] = nodes as [TestServer]
  const log = await runWorkload({
    url: balancer.url,
    tokenFor: ({ id, name }) => app.mintToken(id, { name }),
    serverToken: () => app.mintServerToken(),
    rooms: 2,
    seconds: 12,
    operationsPerSecond: 8,
    // None of this is told to the judge as a fault: five seconds are five seconds, with Redis or without.
    async during(control) {
      for (const trouble of TROUBLES) {
        await control.acks(10)
        await trouble(redis)
      }
      // A rolling restart, as a platform does it: a new node first, then one of the old is asked to go.
      for (let count = 0; count < 3; count++) {
        await control.acks(5)
        nodes.push(await startNode())
        const [oldest] = nodes.splice(0, 1)
        balancer.ports = nodes.map(({ port }) => port)
        await oldest?.server.close({ drainMs: 500 })
      }
    },
  })
  expect(judge(log).map((violation) => formatViolation(violation))).toEqual([])
})

const TROUBLES: readonly ((redis: RedisProcess) => Promise<unknown>)[] = [
  (redis) => redis.run('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  async (redis) => {
    await redis.kill()
    await delay(2_000)
    await redis.start()
  },
  async (redis) => {
    redis.signal('SIGSTOP')
    // Longer than its nodes wait for an answer.
    await delay(4_000)
    redis.signal('SIGCONT')
  },
  (redis) => redis.run('FLUSHALL'),
  (redis) => redis.run('CLIENT', 'KILL', 'TYPE', 'normal'),
]
