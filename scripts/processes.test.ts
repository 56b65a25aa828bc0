import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { findPort, waitFor } from './processes.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlor-processes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a busy port is passed over, and the person is told', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  try {
    expect(await findPort(port, 'app')).toBeGreaterThan(port)
    expect(log.mock.calls.flat().join()).toContain(`Port ${port} is busy`)
  } finally {
    log.mockRestore()
    server.close()
  }
})

test('what never answers is given up with its address', async () => {
  await expect(waitFor('http://127.0.0.1:1/nothing', 1)).rejects.toThrow('http://127.0.0.1:1/nothing')
})

test('Ctrl-C ends every process, also what they started themselves', async () => {
  const { child, lines } = runGroup(`
    processes.start('one', [nested], { cwd: '.' })
    processes.start('two', [nested], { cwd: '.' })
  `)
  const pids = await firstPids(lines, 4)
  expect(pids.every(isAlive)).toBe(true)
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]))
})

test('when one process ends by itself, the others are ended and the exit code says so', async () => {
  const { child, lines } = runGroup(`
    processes.start('one', [nested], { cwd: '.' })
    processes.start('two', ['-e', 'process.exit(3)'], { cwd: '.' })
  `)
  const pids = await firstPids(lines, 2)
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(1)
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]))
})

/** Runs a script that has a ProcessGroup, and `nested`: a program with a child of its own that prints both ids. */
function runGroup(body: string) {
  const nested = join(folder, 'nested.mjs')
  writeFileSync(
    nested,
    `import { spawn } from 'node:child_process'
     const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
     console.log('pids', process.pid, child.pid)
     setInterval(() => {}, 1000)`,
  )
  const script = join(folder, 'group.ts')
  writeFileSync(
    script,
    `import { ProcessGroup } from ${JSON.stringify(join(import.meta.dirname, 'processes.ts'))}
     const nested = ${JSON.stringify(nested)}
     const processes = new ProcessGroup()
     ${body}`,
  )
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, lines: createInterface({ input: child.stdout }) }
}

async function firstPids(lines: AsyncIterable<string>, count: number): Promise<number[]> {
  const pids: number[] = []
  for await (const line of lines) {
    const [, own, below] = /pids (\d+) (\d+)/.exec(line) ?? []
    if (own && below) pids.push(Number(own), Number(below))
    if (pids.length >= count) break
  }
  return pids
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // In a container whose first process never waits for its children, the dead stay in the table.
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
  return !/\) Z /.test(stat)
}
