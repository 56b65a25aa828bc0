import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { finish, readListening } from './child.contract.ts'

const SECRET = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

describe('parlor', () => {
  it('lists its commands and every setting', async () => {
    const { output, code } = await finish(run(['help']))
    expect(code).toBe(0)
    for (const word of ['start', 'PORT', 'ALLOWED_ORIGINS', 'PARLOR_MAX_QUEUED_BYTES', '[1048576]'])
      expect(output).toContain(word)
  })

  it('says in one line that a command doesn’t exist', async () => {
    expect(await finish(run(['sart']))).toEqual({
      code: 1,
      output: 'parlor: there is no command "sart"; `parlor help` lists them\n',
    })
  })

  it.each([
    [
      'no secret',
      {},
      /^parlor: AUTH_SECRET is not set: write your app's AUTH_SECRET or NEXTAUTH_SECRET into \.env\.local here \(\/.*\), or set it in the environment\.\n$/,
    ],
    ['a port that is none', { AUTH_SECRET: SECRET, PORT: 'x' }, /^parlor: PORT must be a whole number.*\n$/],
    ['a weak secret in production', { AUTH_SECRET: 'short', NODE_ENV: 'production' }, /^parlor: AUTH_SECRET .*\n$/],
    [
      'an origin that is none',
      { AUTH_SECRET: SECRET, ALLOWED_ORIGINS: 'app.example' },
      /^parlor: ALLOWED_ORIGINS.*\n$/,
    ],
  ])('doesn’t start with %s, and says so in one line', async (_what, env, line) => {
    const { output, code } = await finish(run(['start'], env))
    expect(code).toBe(1)
    expect(output).toMatch(line)
  })

  it.each([
    ['AUTH_SECRET', { AUTH_SECRET: SECRET, NEXTAUTH_SECRET: `${SECRET}2` }],
    ['NEXTAUTH_SECRET', { AUTH_SECRET: '', NEXTAUTH_SECRET: SECRET }],
  ])('prints the key of %s, and only the key', async (_name, env) => {
    // As `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:… -kdfopt info:'parlor chat token v1' HKDF` has it.
    expect(await finish(run(['token-key'], env))).toEqual({
      code: 0,
      output: 'z363TtjJG4YjEkGbnZINhjAZ5hEhtUswHjEfTMfdGWo\n',
    })
  })

  it.each([
    ['no secret', {}, /^parlor: AUTH_SECRET is not set: write .*\n$/],
    ['an empty one', { AUTH_SECRET: '', NEXTAUTH_SECRET: ' ' }, /^parlor: AUTH_SECRET is not set: write .*\n$/],
    [
      'none in production',
      { NODE_ENV: 'production' },
      /^parlor: AUTH_SECRET is not set: set your app's .* in the environment\.\n$/,
    ],
    ['a weak one', { NEXTAUTH_SECRET: 'short' }, /^parlor: NEXTAUTH_SECRET has 5 bytes and needs 32\..*\n$/],
    [
      'a placeholder',
      { AUTH_SECRET: 'change-me-to-something-long-and-random' },
      /^parlor: AUTH_SECRET is a placeholder.*\n$/,
    ],
  ])('prints no key of %s, but one line', async (_what, env, line) => {
    const { output, code } = await finish(run(['token-key'], env))
    expect([code, output]).toEqual([1, expect.stringMatching(line)])
  })

  it('doesn’t start on a port in use, and says so in one line', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    cleanups.push(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { output, code } = await finish(
      run(['start'], { AUTH_SECRET: SECRET, PORT: String(port), PARLOR_DATABASE_URL: 'memory:', LOG_LEVEL: 'error' }),
    )
    expect([code, output]).toEqual([1, `parlor: port ${port} is in use; set PORT to another one\n`])
  })

  it('starts with a secret alone, lets everybody go at SIGTERM and ends with 0', async () => {
    const child = run(['start'], { AUTH_SECRET: SECRET, PORT: '0', PARLOR_DRAIN_MS: '50' })
    const { port, ...listening } = await readListening(child)
    expect(listening).toMatchObject({
      msg: 'listening',
      url: `http://127.0.0.1:${port}`,
      database: 'file:./parlor.db',
      allowedOrigins: expect.arrayContaining(['http://localhost:*']),
      publicRooms: ['general'],
    })
    expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).text()).toBe('ready')
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, 'parlor.v1')
    await once(socket, 'open')
    const closed = once(socket, 'close')
    child.kill('SIGTERM')
    expect((await closed)[0]).toBe(1012)
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

/** Runs the command from its source in an empty folder, with nothing of this process's environment but the paths. */
function run(args: string[], env: Record<string, string> = {}): ChildProcess {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-cli-'))
  const child = spawn(
    process.execPath,
    ['--conditions=@parlor/source', join(import.meta.dirname, 'main.ts'), ...args],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, PARLOR_HOST: '127.0.0.1', ...env },
    },
  )
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  cleanups.push(() => child.kill('SIGKILL'))
  return child
}
