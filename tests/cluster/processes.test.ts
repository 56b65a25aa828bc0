/** Three processes of the service over one PostgreSQL and one Redis. Each of them is killed; what people saw is judged. */
import { formatViolation, judge, runWorkload } from '@parlor/verify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { findFreePort } from '../../scripts/free-port.ts'
import { mintChatToken, mintServerToken, SECRET } from '../conformance/tokens.ts'
import { GENEROUS } from '../faults/campaign/unit.ts'
import { startBalancer } from '../support/balancer.ts'
import { PostgresServer } from '../support/postgres.ts'
import { type Program, startParlor } from '../support/processes.ts'
import { startRedis } from '../support/redis.ts'

// Only a bound for what hangs: a busy machine takes long to settle.
vi.setConfig({ testTimeout: 170_000 })

test('[G1] [G2] [G3] [G4] [G5] [G6] [G7] [G14] nodes, Redis and PostgreSQL may each be killed', async () => {
  const postgres = await PostgresServer.start()
  onTestFinished(() => postgres.stop())
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const env = {
    ...GENEROUS,
    PARLOR_DATABASE_URL: await postgres.createDatabase(),
    REDIS_URL: redis.url,
  }
  const ports = [await findFreePort(), await findFreePort(), await findFreePort()]
  const startNode = (port: number) => startParlor({ port, database: '', secret: SECRET, env })
  const nodes: Program[] = await Promise.all(ports.map(startNode))
  const balancer = await startBalancer(ports)
  onTestFinished(async () => {
    await balancer.close()
    await Promise.all(nodes.map((node) => node.kill()))
  })
  // Who asks past the balancer has to find somebody there.
  const directUrl = `http://127.0.0.1:${ports[0]}`

  const log = await runWorkload({
    url: balancer.url,
    directUrl,
    tokenFor: ({ id, name }) => mintChatToken(id, { claims: { name } }),
    serverToken: () => mintServerToken(),
    seconds: 12,
    operationsPerSecond: 6,
    async during(control) {
      for (const victim of [1, 2]) {
        await control.acks(10)
        balancer.ports = ports.filter((_, index) => index !== victim)
        const heal = control.fault({ name: 'a node is killed' })
        await nodes[victim]?.kill()
        heal()
        await control.acks(10)
        nodes[victim] = await startNode(ports[victim] ?? 0)
        balancer.ports = ports
      }
      await control.acks(10)
      await redis.kill()
      await control.acks(20)
      await redis.start()
      await control.acks(10)
      const heal = control.fault({ name: 'PostgreSQL is killed' })
      const endStoreDown = control.fault({ name: 'PostgreSQL is gone', isStoreDown: true })
      await postgres.kill()
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      // Nodes may find it before we do.
      endStoreDown()
      await postgres.restart()
      await Promise.all(ports.map(becomesReady))
      heal()
      await control.acks(10)
    },
  })
  expect(judge(log).map((violation) => formatViolation(violation))).toEqual([])
})

async function becomesReady(port: number): Promise<void> {
  const isReady = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok)
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 50))
}
