import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { deriveTokenKey, mintServerToken } from '@parlor/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { finish, readListening } from './child.contract.ts'

const SECRET = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
let folder = ''
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-restore-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe('parlor backup and parlor restore', () => {
  it('[G1] bring back the copy’s rooms after kill -9, whatever the old WAL holds, and keep what was there', async () => {
    const first = await startService()
    await first.makeRoom('before')
    expect(await finish(run(['backup', 'copy.db']))).toMatchObject({ code: 0 })
    await first.makeRoom('after')
    await first.kill()
    expect(statSync(join(folder, 'parlor.db-wal')).size).toBeGreaterThan(0)

    expect(await finish(run(['restore', 'copy.db']))).toMatchObject({ code: 0 })
    const kept = readdirSync(folder).find((name) => /before-restore-[\dTZ-]+Z$/.test(name)) ?? ''
    expect(roomsIn(kept)).toEqual(['after', 'before'])
    expect(readdirSync(folder)).not.toContain('parlor.db-wal')

    const second = await startService()
    await second.makeRoom('later')
    await second.kill()
    expect(roomsIn('parlor.db')).toEqual(['before', 'later'])
  })

  it('[G1] bring back what the WAL of a snapshot of the disk holds', async () => {
    const service = await startService()
    await service.makeRoom('before')
    await service.kill()
    for (const end of ['', '-wal']) renameSync(join(folder, `parlor.db${end}`), join(folder, `copy.db${end}`))
    expect(statSync(join(folder, 'copy.db-wal')).size).toBeGreaterThan(0)
    expect(await finish(run(['restore', 'copy.db']))).toMatchObject({ code: 0 })
    expect(roomsIn('parlor.db')).toEqual(['before'])
  })

  it('restore a read-only copy under any name, and leave it and the database’s mode as they were', async () => {
    const service = await startService()
    await service.makeRoom('before')
    await service.kill()
    const copy = join(folder, 'parlor.db.restoring')
    expect(await finish(run(['backup', copy]))).toMatchObject({ code: 0 })
    chmodSync(copy, 0o400)
    chmodSync(join(folder, 'parlor.db'), 0o640)
    expect(await finish(run(['restore', copy]))).toMatchObject({ code: 0 })
    expect(statSync(copy).mode & 0o777).toBe(0o400)
    expect(statSync(join(folder, 'parlor.db')).mode & 0o777).toBe(0o640)
    expect(roomsIn('parlor.db')).toEqual(['before'])
  })

  it('say which folder a backup lacks', async () => {
    const service = await startService()
    await service.kill()
    const { code, output } = await finish(run(['backup', 'nowhere/copy.db']))
    expect([code, output]).toEqual([1, expect.stringContaining('There is no folder')])
  })

  it('refuse to restore while a service runs, and change nothing', async () => {
    const service = await startService()
    await finish(run(['backup', 'copy.db']))
    await service.makeRoom('after')
    const { code, output } = await finish(run(['restore', 'copy.db']))
    expect([code, output]).toEqual([1, 'parlor: A service is running on ./parlor.db: stop it, then restore.\n'])
    await service.makeRoom('later')
    await service.kill()
    expect(roomsIn('parlor.db')).toEqual(['after', 'later'])
  })

  it.each([
    ['is cut off', () => truncateSync(join(folder, 'copy.db'), 20_000), /copy\.db is damaged/],
    ['is no database', () => writeFileSync(join(folder, 'copy.db'), 'x'.repeat(9_000)), /copy\.db is damaged or no/],
    ['is empty', () => writeFileSync(join(folder, 'copy.db'), ''), /copy\.db is no database of Parlor/],
    ['holds something else', () => edit('DROP TABLE parlor_migrations'), /copy\.db is no database of Parlor/],
    [
      'is of a newer version',
      () => edit("INSERT INTO parlor_migrations VALUES (999, 'later', 0)"),
      /copy\.db was written by a newer version of Parlor \(schema 999;/,
    ],
    ['isn’t there', () => rmSync(join(folder, 'copy.db')), /There is no file copy\.db/],
  ])('refuse a copy that %s, and leave the database as it was', async (_what, spoil, line) => {
    const service = await startService()
    await finish(run(['backup', 'copy.db']))
    await service.kill()
    spoil()
    const before = contents()
    const { code, output } = await finish(run(['restore', 'copy.db']))
    expect(code).toBe(1)
    expect(output).toMatch(line)
    expect(output.trim().split('\n')).toHaveLength(1)
    expect(contents()).toEqual(before)
  })

  it('never write a backup over a file', async () => {
    const service = await startService()
    writeFileSync(join(folder, 'copy.db'), 'mine')
    const { code, output } = await finish(run(['backup', 'copy.db']))
    expect([code, output]).toEqual([1, 'parlor: copy.db is there already: name a new file.\n'])
    expect(readFileSync(join(folder, 'copy.db'), 'utf8')).toBe('mine')
    await service.kill()
  })
})

async function startService() {
  const child = run(['start'])
  const { port } = await readListening(child)
  const token = await mintServerToken(deriveTokenKey(SECRET))
  return {
    async makeRoom(id: string): Promise<void> {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/rooms/${id}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'public' }),
      })
      expect(answer.ok, await answer.text()).toBe(true)
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

function run(args: string[]): ChildProcess {
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, ['--conditions=@parlor/source', main, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, PARLOR_HOST: '127.0.0.1', PORT: '0', AUTH_SECRET: SECRET },
  })
  children.push(child)
  return child
}

function roomsIn(name: string): unknown[] {
  const database = new DatabaseSync(join(folder, name))
  try {
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    return database
      .prepare('SELECT id FROM rooms ORDER BY id')
      .all()
      .map((row) => row.id)
  } finally {
    database.close()
  }
}

function edit(sql: string): void {
  const database = new DatabaseSync(join(folder, 'copy.db'))
  database.exec(sql)
  database.close()
}

function contents(): [string, string][] {
  return readdirSync(folder)
    .filter((name) => name !== 'copy.db')
    .map((name) => [name, readFileSync(join(folder, name)).toString('base64')])
}
