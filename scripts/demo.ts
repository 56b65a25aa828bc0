/**
 * The demo in one command: builds what isn't built, then runs the chat service and the demo app until Ctrl-C.
 *
 *   npm run demo                    the demo with NextAuth.js v4, built
 *   npm run demo -- --authjs        the same on Auth.js v5
 *   npm run demo -- --port 8080     the app on this port; --service-port for the chat service
 *   npm run dev                     everything from source: edits to the packages and the app show at once
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { isBuildOld } from './app-build.ts'
import { findPort, ProcessGroup, requirePort, say, waitFor } from './processes.ts'

const root = join(import.meta.dirname, '..')
const options = readOptions()

const app = options.authjs
  ? { name: 'demo-authjs', secretName: 'AUTH_SECRET', urlName: 'AUTH_URL', auth: 'Auth.js v5' }
  : { name: 'demo', secretName: 'NEXTAUTH_SECRET', urlName: 'NEXTAUTH_URL', auth: 'NextAuth.js v4' }
const appFolder = join(root, 'apps', app.name)
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const next = join(root, 'node_modules/next/dist/bin/next')
const processes = new ProcessGroup()

/** A cold `next dev` on a slow machine compiles for a while. */
const START_MS = 120_000

try {
  requireNode()
  await main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  await processes.stop(1)
}

async function main(): Promise<void> {
  const data = join(root, '.parlor')
  const database = join(data, `${app.name}.db`)
  requireFreeDatabase(database)
  const servicePort = await choosePort('service-port', 4000, 'service')
  const appPort = await choosePort('port', 3000, 'app')
  const serviceUrl = `http://localhost:${servicePort}`
  const appUrl = `http://localhost:${appPort}`
  const secret = readOrMakeSecret()

  // Next reads the packages' dist/, so they are built in development too.
  await processes.run('build', [tsc, '-b'], { cwd: root })
  if (!options.dev && isBuildOld(app.name)) {
    say('Building the demo app; this takes a moment the first time.')
    await processes.run('build', [next, 'build'], { cwd: appFolder, env: { NEXT_TELEMETRY_DISABLED: '1' } })
  }

  mkdirSync(data, { recursive: true })
  const service = options.dev
    ? ['--watch', '--watch-preserve-output', '--conditions=@parlor/source', 'packages/cli/src/main.ts', 'start']
    : ['packages/cli/bin/parlor.js', 'start']
  processes.start('chat', service, {
    cwd: root,
    env: {
      [app.secretName]: secret,
      [app.urlName]: appUrl,
      ALLOWED_ORIGINS: appUrl,
      PORT: String(servicePort),
      PARLOR_HOST: 'localhost',
      PARLOR_DATABASE_URL: `file:${database}`,
      // One node with a database of its own: nobody else's Redis.
      REDIS_URL: '',
      PUBLIC_ROOMS: 'general,random,design',
      LOG_LEVEL: process.env.LOG_LEVEL ?? (options.dev ? 'info' : 'warn'),
    },
  })
  if (options.dev) processes.start('types', [tsc, '-b', '-w', '--preserveWatchOutput'], { cwd: root })
  processes.start('app', [next, options.dev ? 'dev' : 'start', '-H', 'localhost', '-p', String(appPort)], {
    cwd: appFolder,
    env: {
      [app.secretName]: secret,
      [app.urlName]: appUrl,
      PARLOR_URL: serviceUrl,
      NEXT_TELEMETRY_DISABLED: '1',
      // Auth.js v5 asks for it outside Vercel; v4 would take it as leave to believe forwarded headers.
      ...(options.authjs && { AUTH_TRUST_HOST: 'true' }),
    },
  })

  await Promise.all([waitFor(`${serviceUrl}/readyz`, START_MS), waitFor(appUrl, START_MS)])
  say('')
  say(`Open ${appUrl} (sign-in by ${app.auth}; the chat service is at ${serviceUrl}).`)
  say('Sign in with any name. Then open a second browser, or a private window, sign in with another name,')
  say('go into the same room and talk. Ctrl-C stops both; the messages stay in .parlor/.')
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        dev: { type: 'boolean', default: false },
        authjs: { type: 'boolean', default: false },
        port: { type: 'string' },
        'service-port': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      say('npm run demo [-- --authjs] [--port N] [--service-port N]')
      say('  --authjs          on Auth.js v5 instead of NextAuth.js v4')
      say('  --port N          the port of the app [3000, or the next one that is free]')
      say('  --service-port N  the port of the chat service [4000, or the next one that is free]')
      process.exit(0)
    }
    for (const option of ['port', 'service-port'] as const) {
      if (!isPort(values[option])) throw new Error(`--${option} takes a port, from 1 to 65535`)
    }
    return values
  } catch (error) {
    say(`${(error as Error).message.split(/\.\s/)[0]}; --help lists the options`)
    process.exit(2)
  }
}

/** Also none, and 0: the usual one then. */
function isPort(given = '0'): boolean {
  return /^\d{1,5}$/.test(given) && Number(given) <= 65_535
}

/** The port that was asked for, or the first free one from the usual one on. */
function choosePort(option: 'port' | 'service-port', usual: number, what: string): Promise<number> {
  const given = options[option]
  return Number(given ?? 0) === 0 ? findPort(usual, what) : requirePort(Number(given), `--${option}`)
}

/** Two services never share a database: better to say so now than when everything is built. */
function requireFreeDatabase(path: string): void {
  if (!existsSync(`${path}.lock`)) return
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK')
  } catch {
    throw new Error('This demo is running already: use that one, or stop it with Ctrl-C where it was started.')
  } finally {
    lock.close()
  }
}

/** The secret that the app and the service share, in a file that git ignores. */
function readOrMakeSecret(): string {
  const given = process.env[app.secretName]
  if (given) return given
  const file = join(appFolder, '.env.local')
  const lines = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const line = new RegExp(`^${app.secretName}=["']?([^"'\\r\\n]+)`, 'm').exec(lines)
  if (line?.[1]) return line[1].trim()
  const secret = randomBytes(32).toString('base64')
  writeFileSync(file, `${lines && !lines.endsWith('\n') ? `${lines}\n` : lines}${app.secretName}=${secret}\n`)
  chmodSync(file, 0o600)
  say(`Made a secret for development: apps/${app.name}/.env.local`)
  return secret
}

function requireNode(): void {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 24) throw new Error(`This needs Node.js 24 or newer, and ${process.version} is running.`)
  if (!existsSync(next)) throw new Error('The packages are not installed: run `npm ci` first.')
}
