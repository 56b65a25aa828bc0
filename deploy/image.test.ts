import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDockerfile } from './dockerfile.ts'
import { environmentOf, type Image, replay } from './replay.ts'

const repository = join(import.meta.dirname, '..')
const stages = parseDockerfile(readFileSync(join(repository, 'Dockerfile'), 'utf8'))
const isRoot = process.getuid?.() === 0
// Root gives its rights away as the image does; anybody else is a plain user already.
const user = isRoot ? 'nobody' : userInfo().username

describe.skipIf(process.platform !== 'linux')('the image, its steps replayed without Docker', () => {
  let folder: string
  let image: Image
  let env: Record<string, string>
  let service: ChildProcess
  let output = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parlor-image-'))
    chmodSync(folder, 0o755)
    const dockerignore = readFileSync(join(repository, '.dockerignore'), 'utf8')
    image = await replay(stages, { repository, folder, dockerignore, user })
    const entrypoint = join(image.root, 'usr/local/bin/docker-entrypoint.sh')
    const script = readFileSync(entrypoint, 'utf8')
    writeFileSync(
      entrypoint,
      script.replace('data=/data', `data=${image.root}/data`).replace('user=node', `user=${user}`),
    )

    env = {
      ...environmentOf(image),
      PORT: String(await findFreePort()),
      PARLOR_HOST: '127.0.0.1',
      AUTH_SECRET: 'a secret for this test only, long enough',
      ALLOWED_ORIGINS: 'https://app.example.com',
    }
    const [command = '', ...args] = [...image.entrypoint, ...image.command]
    service = spawn(command, args, { cwd: join(image.root, image.workdir), env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [service.stdout, service.stderr]) stream?.on('data', (chunk) => (output += chunk))
    await waitUntilReady()
  }, 180_000)

  afterAll(async () => {
    if (service && service.exitCode === null && service.signalCode === null) {
      service.kill('SIGKILL')
      await once(service, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  })

  test('the service answers on /healthz and /readyz', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await fetch(`http://127.0.0.1:${env.PORT}${path}`)
      expect(answer.status, path).toBe(200)
    }
  })

  test('the health check succeeds while the service runs', async () => {
    const [command = '', ...args] = image.healthcheck
    await expect(promisify(execFile)(command, args, { env })).resolves.toBeDefined()
  })

  test('the service runs as a user without rights, also when the container starts as root', () => {
    const status = readFileSync(`/proc/${service.pid}/status`, 'utf8')
    const [, uid] = /^Uid:\s+(\d+)/m.exec(status) ?? []
    expect(Number(uid)).toBe(isRoot ? statSync(join(image.root, 'data')).uid : process.getuid?.())
    expect(Number(uid)).not.toBe(0)
  })

  test('the database is in the volume, and belongs to that user', () => {
    const database = statSync(join(image.root, 'data/parlor.db'))
    expect(database.uid).not.toBe(0)
    expect(existsSync(join(image.root, 'app/parlor.db'))).toBe(false)
  })

  test('the port of EXPOSE is the one that the service listens on', () => {
    expect(image.ports).toEqual([Number(image.env.PORT)])
  })

  test('no source, no test, no other package and no development dependency is inside', () => {
    const modules = readdirSync(join(image.root, 'app/node_modules'))
    expect(modules).toContain('express')
    for (const name of ['typescript', 'vitest', 'next', 'react', 'playwright']) expect(modules).not.toContain(name)
    expect(readdirSync(join(image.root, 'app/packages')).sort()).toEqual([
      'cli',
      'client',
      'protocol',
      'server',
      'verify',
    ])
    expect(existsSync(join(image.root, 'app/packages/server/src'))).toBe(false)
  })

  test('it is small: the service and its dependencies stay below 64 MiB', async () => {
    const { stdout } = await promisify(execFile)('du', ['-sk', join(image.root, 'app')])
    expect(Number.parseInt(stdout, 10)).toBeLessThan(64 * 1024)
  })

  test('SIGTERM ends the service by itself, and the health check then fails', async () => {
    const exit = once(service, 'exit')
    service.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
    const [command = '', ...args] = image.healthcheck
    await expect(promisify(execFile)(command, args, { env })).rejects.toMatchObject({ code: 1 })
  }, 30_000)

  async function waitUntilReady(): Promise<void> {
    const ended = once(service, 'exit').then(() => {
      throw new Error(`The service ended instead of starting:\n${output}`)
    })
    const ready = async () => {
      while (!(await fetch(`http://127.0.0.1:${env.PORT}/readyz`).catch(() => null))?.ok) {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    await Promise.race([ready(), ended])
    ended.catch(() => {})
  }
})

test('every stage builds on the Node.js that the packages ask for', () => {
  const { engines } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
  const [, major] = /(\d+)/.exec(engines.node) ?? []
  for (const stage of stages) expect(stage.image).toBe(`node:${major}-slim`)
})

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
