import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestServer } from '@parlor/server/testing'
import { type Final, formatEntry, type LogEntry, parseLog } from '@parlor/verify'
import { afterEach, describe, expect, it, vi } from 'vitest'

// Each test starts a process or two, and a busy machine takes its time: only a bound for what hangs.
vi.setConfig({ testTimeout: 120_000 })

const SECRET = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('parlor verify', () => {
  it('runs against a service, says what it found and left behind, and its log can be judged again', async () => {
    const service = await startService()
    const log = join(makeFolder(), 'verify.ndjson')
    const { code, output } = await run(['verify', service.url, '--seconds', '3', '--seed', '7', '--log', log])
    expect(output).toContain(`parlor verify: ${service.url}, seed 7, 3 s, 6 clients`)
    expect(output).toMatch(/^send +\d+ +\d+/m)
    expect(output).toMatch(/^G14 +what is shown is what is stored +0$/m)
    expect(output).toMatch(/^Left behind: [1-9]\d* messages in verify-\w+-1\. /m)
    const verdict = /^verify: [1-9]\d* operations, [1-9]\d* deliveries, 0 violations$/
    expect(output.trimEnd().split('\n').at(-1)).toMatch(verdict)
    expect(code).toBe(0)

    expect((await run(['verify', '--log', log])).output).toContain(output.trimEnd().split('\n').at(-1))
    const spoiled = parseLog(readFileSync(log, 'utf8'))
    ;(spoiled.find(({ type }) => type === 'final') as Final).messages.shift()
    writeFileSync(log, spoiled.map((entry: LogEntry) => formatEntry(entry)).join(''))
    const found = await run(['verify', '--log', log])
    expect(found.output).toMatch(/^G1 ack-lost: [\w-]+ was acknowledged as \d+, and isn't in history\.$/m)
    expect(found.code).toBe(1)
  })

  it('works in a public room without the app’s server', async () => {
    const service = await startService()
    const { code, output } = await run(['verify', service.url, '--seconds', '2', '--clients', '2', '--room', 'general'])
    expect(output).toContain('Left behind: ')
    expect(output).toContain(' messages in general.')
    expect(output).not.toMatch(/^remove /m)
    expect(code).toBe(0)
  })

  it.each([
    ['PARLOR_TOKEN_SECRET', { PARLOR_TOKEN_SECRET: 'z363TtjJG4YjEkGbnZINhjAZ5hEhtUswHjEfTMfdGWo' }, []],
    ['a variable that is named', { OTHER: SECRET }, ['--secret-env', 'OTHER']],
  ])('takes the key from %s', async (_name, env, args) => {
    const service = await startService()
    const { code } = await run(['verify', service.url, '--seconds', '1', ...args], { AUTH_SECRET: '', ...env })
    expect(code).toBe(0)
  })

  it('says in one line that the secret is another one', async () => {
    const service = await startService()
    const { code, errors } = await run(['verify', service.url], { AUTH_SECRET: `${SECRET}x` })
    expect(errors).toMatch(/^parlor: the service at \S+ has another secret than AUTH_SECRET here; .*\n$/)
    expect(code).toBe(1)
  })

  it('says in one line that nothing answers, or something else', async () => {
    const app = createServer((_request, response) => response.end('<html>'))
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
    expect((await run(['verify', url])).errors).toBe(
      `parlor: what answers at ${url} is no chat service; write the address of the service, not of the app\n`,
    )
    await new Promise((resolve) => app.close(resolve))
    const gone = await run(['verify', url])
    expect(gone.errors).toMatch(/^parlor: nothing answers at \S+: ECONNREFUSED\. .*\n$/)
    expect(gone.code).toBe(1)
  })

  it.each([
    ['no address and no log', [], /^parlor: use `parlor verify URL .*\n$/],
    ['two addresses', ['http://a', 'http://b'], /^parlor: verify takes one address, not 2\n$/],
    ['what is no address', ['chat'], /^parlor: chat is no address: .*\n$/],
    [
      'too many seconds',
      ['http://a', '--seconds', '601'],
      /^parlor: --seconds must be a whole number from 1 to 600\n$/,
    ],
    ['an option that isn’t there', ['--what'], /^parlor: Unknown option '--what'; .*\n$/],
    ['a log that isn’t there', ['--log', '/nowhere/log'], /^parlor: \/nowhere\/log can't be judged: .*\n$/],
    ['no secret', ['http://a'], /^parlor: AUTH_SECRET is not set: .*\n$/, { AUTH_SECRET: '' }],
  ])('says in one line what is wrong with %s', async (_what, args, line, env: Record<string, string> = {}) => {
    const { code, errors } = await run(['verify', ...args], env)
    expect(errors).toMatch(line)
    expect(code).toBe(1)
  })
})

async function startService() {
  const service = await startTestServer({ secret: SECRET })
  cleanups.push(() => service.close())
  return service
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-verify-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Runs the command to its end, in an empty folder. */
function run(args: string[], env: Record<string, string> = {}) {
  const options = { cwd: makeFolder(), env: { PATH: process.env.PATH, AUTH_SECRET: SECRET, ...env } }
  const command = ['--conditions=@parlor/source', join(import.meta.dirname, 'main.ts'), ...args]
  return new Promise<{ code: unknown; output: string; errors: string }>((resolve) =>
    execFile(process.execPath, command, options, (error, output, errors) =>
      resolve({ code: error ? error.code : 0, output, errors }),
    ),
  )
}
