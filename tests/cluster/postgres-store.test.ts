import { afterAll, describe } from 'vitest'
import { createPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import { describeStoreContract } from '../../packages/server/src/store/store.contract.ts'
import { hasPostgres, PostgresServer, type PostgresVersion } from '../support/postgres.ts'

for (const version of [15, 18] as const) {
  describe.skipIf(!(await isThere(version)))(`PostgreSQL ${version}`, () => {
    let server: Promise<PostgresServer> | undefined
    afterAll(async () => (await server)?.stop())

    describeStoreContract(`PostgresStore on ${version}`, async ({ now }) => {
      server ??= PostgresServer.start(version)
      const url = await (await server).createDatabase()
      const onError = (error: Error) => {
        throw error
      }
      // What is tested here is never how long something takes.
      return createPostgresStore({ url, now, onError, timeoutMs: 60_000 })
    })
  })
}

/** Version 18 comes with the development dependencies: where it is missing, the tests fail and say why. */
async function isThere(version: PostgresVersion): Promise<boolean> {
  return version === 18 || hasPostgres(version)
}
