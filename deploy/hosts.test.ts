import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments, parse as parseYaml } from 'yaml'
import { parseDockerfile, type Step } from './dockerfile.ts'

const repository = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(repository, path), 'utf8')

const image = parseDockerfile(read('Dockerfile')).at(-1)?.steps ?? []
const env = Object.assign({}, ...image.map((step) => (step.name === 'ENV' ? step.values : {}))) as Record<
  string,
  string
>
const port = Number(env.PORT)
/** The service's own drain, in ms: hosts must wait longer before they kill. */
const drainMs = 10_000

test('the image keeps its database in /data', () => {
  expect(env.PARLOR_DATABASE_URL).toBe('file:/data/parlor.db')
  expect(image.some((step) => step.name === 'RUN' && step.command.endsWith(' /data'))).toBe(true)
})

test('the drain that the hosts wait for is the service’s default', () => {
  expect(read('packages/server/src/config.ts')).toContain(`'PARLOR_DRAIN_MS', 10_000`)
})

describe('compose.yaml', () => {
  const compose = parseYaml(read('compose.yaml'))
  const { chat, demo } = compose.services

  test('builds files that exist', () => {
    expect(existsSync(join(repository, chat.build, 'Dockerfile'))).toBe(true)
    expect(existsSync(join(repository, demo.build.context, demo.build.dockerfile))).toBe(true)
  })

  test('publishes the port of the image, and the app finds the service there', () => {
    expect(chat.ports).toEqual([`${port}:${port}`])
    expect(demo.environment.PARLOR_URL).toBe(`http://chat:${port}`)
    expect(demo.environment.PARLOR_PUBLIC_URL).toContain(`http://localhost:${port}`)
  })

  test('mounts a declared volume at /data', () => {
    const [source, target] = chat.volumes[0].split(':')
    expect(Object.keys(compose.volumes)).toContain(source)
    expect(target).toBe('/data')
  })

  test('refuses to start without a secret, and gives both the same', () => {
    expect(chat.environment.NEXTAUTH_SECRET).toMatch(/^\$\{NEXTAUTH_SECRET:\?/)
    expect(demo.environment.NEXTAUTH_SECRET).toMatch(/^\$\{NEXTAUTH_SECRET:\?/)
  })

  test('waits longer than the drain, and starts the demo when the service is healthy', () => {
    expect(Number.parseInt(chat.stop_grace_period, 10) * 1000).toBeGreaterThan(drainMs)
    expect(demo.depends_on.chat.condition).toBe('service_healthy')
    expect(image.some((step) => step.name === 'HEALTHCHECK')).toBe(true)
  })

  test('allows the origin at which the demo is opened', () => {
    const appPort = demo.ports[0].split(':')[0]
    expect(chat.environment.ALLOWED_ORIGINS).toContain(`http://localhost:${appPort}`)
    const command = parseDockerfile(read(demo.build.dockerfile))[0]?.steps.find(isCommand)
    expect(command?.words).toContain(appPort)
  })
})

describe('compose.scaled.yaml', () => {
  const compose = parseYaml(read('compose.scaled.yaml'), { merge: true })
  const { caddy, postgres, redis, ...nodes } = compose.services
  const caddyfile = read('deploy/Caddyfile.scaled')

  test('two nodes at least share a database and a Redis that are there', () => {
    expect(Object.keys(nodes).length).toBeGreaterThan(1)
    for (const { environment } of Object.values<ComposeNode>(nodes)) {
      expect(environment.PARLOR_DATABASE_URL).toMatch(
        /^postgres:\/\/parlor:\$\{POSTGRES_PASSWORD:\?.*\}@postgres\/parlor$/,
      )
      expect(environment.REDIS_URL).toBe('redis://redis:6379')
      expect(environment.NEXTAUTH_SECRET).toMatch(/^\$\{NEXTAUTH_SECRET:\?/)
    }
    expect(postgres.environment).toMatchObject({ POSTGRES_USER: 'parlor', POSTGRES_DB: 'parlor' })
    expect(redis.command[0]).toBe('redis-server')
  })

  test('Caddy passes on to every node, by whether it is ready', () => {
    const upstreams = Object.keys(nodes).map((name) => `${name}:${port}`)
    expect(caddyfile).toContain(`reverse_proxy ${upstreams.join(' ')} {`)
    expect(caddyfile).toContain('health_uri /readyz')
    const [file] = caddy.volumes[0].split(':')
    expect(existsSync(join(repository, file))).toBe(true)
    expect(Object.keys(caddy.depends_on)).toEqual(Object.keys(nodes))
  })

  test('waits longer than the drain, for parts that say when they are healthy', () => {
    for (const node of Object.values<ComposeNode>(nodes)) {
      expect(Number.parseInt(node.stop_grace_period, 10) * 1000).toBeGreaterThan(drainMs)
      expect(Object.keys(node.depends_on)).toEqual(['postgres', 'redis'])
    }
    expect(postgres.healthcheck.test).toContain('pg_isready')
    expect(redis.healthcheck.test).toContain('redis-cli')
  })

  test('mounts volumes that are declared', () => {
    const mounted = [...caddy.volumes, ...postgres.volumes].map((volume: string) => volume.split(':')[0] ?? '')
    expect(mounted.filter((source) => !source.startsWith('.')).sort()).toEqual(Object.keys(compose.volumes).sort())
  })
})

describe('deploy/kubernetes', () => {
  const folder = join(repository, 'deploy/kubernetes')
  const objects = readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
      expect(document.errors).toEqual([])
      return document.toJS()
    }),
  )
  const find = (kind: string) => objects.find((object) => object.kind === kind)
  const { spec } = find('Deployment')
  const pod = spec.template.spec
  const [container] = pod.containers

  test('every part speaks of the same pods and the image’s port', () => {
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      'Deployment',
      'HorizontalPodAutoscaler',
      'Ingress',
      'PodDisruptionBudget',
      'Service',
    ])
    for (const selector of [spec.selector, find('PodDisruptionBudget').spec.selector])
      expect(selector.matchLabels).toEqual(spec.template.metadata.labels)
    expect(find('Service').spec.selector).toEqual(spec.template.metadata.labels)
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }])
    expect(find('HorizontalPodAutoscaler').spec.scaleTargetRef.name).toBe(find('Deployment').metadata.name)
  })

  test('nobody is taken away before another is ready, nor killed before it has drained', () => {
    expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0)
    expect(find('PodDisruptionBudget').spec.maxUnavailable).toBe(1)
    const preStopMs = Number(container.lifecycle.preStop.exec.command[1]) * 1000
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(preStopMs + drainMs + 5_000)
    expect(spec.replicas).toBeGreaterThan(1)
  })

  test('a database that is down takes traffic away, and restarts nobody', () => {
    expect(container.readinessProbe.httpGet.path).toBe('/readyz')
    expect(container.livenessProbe.httpGet.path).toBe('/healthz')
  })

  test('metrics stay inside', () => {
    const paths = find('Ingress').spec.rules[0].http.paths.map(({ path }: { path: string }) => path)
    expect(paths).toEqual(['/v1', '/readyz'])
  })
})

describe('deploy/fly.toml', () => {
  const fly = parseToml(read('deploy/fly.toml')) as unknown as FlyConfig

  test('builds the image, whose path is relative to the file', () => {
    expect(existsSync(join(repository, 'deploy', fly.build.dockerfile))).toBe(true)
  })

  test('agrees with the image on port and volume', () => {
    expect(fly.http_service.internal_port).toBe(port)
    expect(Number(fly.env.PORT)).toBe(port)
    expect(fly.mounts.map(({ destination }) => destination)).toEqual(['/data'])
    expect(fly.env.PARLOR_DATABASE_URL).toBe(env.PARLOR_DATABASE_URL)
  })

  test('never stops the one machine, and counts connections', () => {
    expect(fly.http_service.auto_stop_machines).toBe('off')
    expect(fly.http_service.min_machines_running).toBe(1)
    expect(fly.http_service.concurrency.type).toBe('connections')
  })

  test('waits longer than the drain, and asks /readyz', () => {
    expect(Number.parseInt(fly.kill_timeout, 10) * 1000).toBeGreaterThan(drainMs)
    expect(fly.kill_signal).toBe('SIGTERM')
    expect(fly.http_service.checks.map(({ path }) => path)).toEqual(['/readyz'])
  })
})

describe('deploy/railway.json', () => {
  const railway = JSON.parse(read('deploy/railway.json'))

  test('builds the image, whose path is relative to the repository', () => {
    expect(existsSync(join(repository, railway.build.dockerfilePath))).toBe(true)
  })

  test('the image has no VOLUME line, which Railway refuses', () => {
    expect(read('Dockerfile')).not.toMatch(/^VOLUME/m)
    expect(railway.deploy.requiredMountPath).toBe('/data')
  })

  test('never runs two processes on one database file, and waits longer than the drain', () => {
    expect(railway.deploy.numReplicas).toBe(1)
    expect(railway.deploy.overlapSeconds).toBe(0)
    expect(railway.deploy.drainingSeconds * 1000).toBeGreaterThan(drainMs)
    expect(railway.deploy.healthcheckPath).toBe('/readyz')
  })
})

describe('a server of one’s own', () => {
  const unit = read('deploy/parlor.service')
  const setting = (name: string) => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value)

  test('the unit starts a file that exists', () => {
    const [start = ''] = setting('ExecStart')
    const [, script = '', command] = start.split(' ')
    expect(existsSync(join(repository, script))).toBe(true)
    expect(command).toBe('start')
  })

  test('the unit writes only below its state folder', () => {
    const [state] = setting('StateDirectory')
    expect(setting('Environment')).toContain(`PARLOR_DATABASE_URL=file:/var/lib/${state}/parlor.db`)
    expect(setting('ProtectSystem')).toEqual(['strict'])
  })

  test('Caddy passes on to the port that the unit listens on, on loopback', () => {
    expect(setting('Environment')).toContain(`PORT=${port}`)
    expect(setting('Environment')).toContain('PARLOR_HOST=127.0.0.1')
    expect(read('deploy/Caddyfile')).toContain(`reverse_proxy 127.0.0.1:${port}`)
  })

  test('the unit waits longer than the drain', () => {
    expect(Number(setting('TimeoutStopSec')[0]) * 1000).toBeGreaterThan(drainMs)
  })

  test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd finds no fault in the unit', async () => {
    const { stderr } = await promisify(execFile)('systemd-analyze', [
      'verify',
      join(repository, 'deploy/parlor.service'),
    ])
    expect(stderr.split('\n').filter((line) => line.includes('parlor.service'))).toEqual([])
  })
})

test('every setting that the deployment files name is one that the service reads', () => {
  const known = read('packages/server/src/config.ts') + read('packages/server/src/auth/config.ts')
  const files = ['Dockerfile', 'deploy/fly.toml', 'deploy/parlor.service', 'deploy/kubernetes/parlor.yaml']
    .map(read)
    .join('\n')
  const scaled = Object.keys(parseYaml(read('compose.scaled.yaml'), { merge: true }).services['chat-1'].environment)
  const compose = [...Object.keys(parseYaml(read('compose.yaml')).services.chat.environment), ...scaled]
  const named = [...files.matchAll(/\b((?:PARLOR|ALLOWED|TRUST|PUBLIC|LOG)_[A-Z_]+)/g)].map(([, name]) => name ?? '')
  const settings = new Set([...named, ...compose].filter((name) => !/^(NEXTAUTH|AUTH)_/.test(name)))
  expect(settings.size).toBeGreaterThan(3)
  for (const name of settings) expect(known, name).toContain(name)
})

function isCommand(step: Step): step is Extract<Step, { words: string[] }> {
  return step.name === 'CMD'
}

// --- types ---

interface ComposeNode {
  environment: Record<string, string>
  depends_on: Record<string, unknown>
  stop_grace_period: string
}

interface FlyConfig {
  build: { dockerfile: string }
  env: Record<string, string>
  kill_signal: string
  kill_timeout: string
  mounts: { destination: string }[]
  http_service: {
    internal_port: number
    auto_stop_machines: string
    min_machines_running: number
    concurrency: { type: string }
    checks: { path: string }[]
  }
}
