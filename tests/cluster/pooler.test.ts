/** Behind PgBouncer in its transaction mode every transaction may have another connection of the server. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uuidv7 } from '@parlor/protocol'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { findFreePort } from '../../scripts/free-port.ts'
import { findPgBouncer } from '../../scripts/pgbouncer.ts'
import { PostgresServer } from '../support/postgres.ts'

const path = findPgBouncer()
let server: PostgresServer
let pooler: ChildProcess
let folder: string
let url: string

beforeAll(async () => {
  if (!path) return
  server = await PostgresServer.start()
  const direct = new URL(await server.createDatabase())
  const port = await findFreePort()
  folder = await mkdtemp(join(tmpdir(), 'parlor-pgbouncer-'))
  await chmod(folder, 0o755)
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(
    config,
    `[databases]
* = host=127.0.0.1 port=${server.port} user=parlor
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
; Fewer than two stores have, so that they take turns with them.
default_pool_size = 3
server_login_retry = 0
`,
  )
  // It refuses to run as root.
  const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
  if (owner) await chown(config, owner.uid, owner.gid)
  pooler = spawn(path, ['-q', config], { stdio: 'inherit', ...owner })
  url = `postgres://parlor@127.0.0.1:${port}${direct.pathname}`
  while (!(await answers(url))) await new Promise((resolve) => setTimeout(resolve, 20))
})
afterAll(async () => {
  if (!path) return
  const ended = once(pooler, 'exit')
  pooler.kill('SIGINT')
  await ended
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

test.skipIf(!path)(
  '[G2] behind a pooler that gives every transaction another connection, all is as without',
  async () => {
    const stores = await Promise.all([createPostgresStore({ url }), createPostgresStore({ url })])
    const [a, b] = stores as [Store, Store]
    try {
      const sent = await Promise.all(
        stores.flatMap((store, node) =>
          Array.from({ length: 200 }, (_, i) => send(store, `room-${i % 5}`, `node-${node}`)),
        ),
      )
      for (let room = 0; room < 5; room++) {
        const seqs = sent
          .flatMap(({ changes }) => changes)
          .filter(({ event }) => event.roomId === `room-${room}`)
          .map(({ event }) => event.seq)
          .sort((one, other) => one - other)
        expect(seqs).toEqual(seqs.map((_, i) => i + 1))
      }
      const [first] = sent
      const before = first?.changes.at(-1)?.epoch
      expect(await Promise.all(stores.map((store) => store.readHeads(['room-0'])))).toMatchObject([
        new Map([['room-0', { epoch: before }]]),
        new Map([['room-0', { epoch: before }]]),
      ])
      // The pooler's clients stay connected while the server behind it starts again.
      await server.kill()
      await server.restart()
      const after = new Set<string | undefined>()
      for (const store of [a, b]) after.add((await retried(() => send(store, 'room-0', 'ann'))).changes.at(-1)?.epoch)
      expect(after.size).toBe(1)
      expect(after).not.toContain(before)
    } finally {
      await Promise.all(stores.map((store) => store.close()))
    }
  },
)

function send(store: Store, roomId: string, id: string) {
  const messageId = uuidv7()
  const actor = { user: { id, name: id, picture: null } }
  return store.sendMessage({ actor, roomId, isOpen: true, messageId, text: 'x', hash: messageId, attempt: 1 })
}

async function answers(address: string): Promise<boolean> {
  const client = new Client({ connectionString: address })
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      if (attempt === 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
