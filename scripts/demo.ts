/**
 * The demo in one command: builds what isn't built, then runs the chat service and the demo app until Ctrl-C.
 *
 *   npm run demo                the demo with NextAuth.js v4, built
 *   npm run demo -- --authjs    the same on Auth.js v5
 *   npm run dev                 everything from source: edits to the packages and the app show at once
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isBuildOld } from './app-build.ts'
import { findPort, ProcessGroup, say, waitFor } from './processes.ts'

const root = join(import.meta.dirname, '..')
const { values: options } = parseArgs({
  options: { dev: { type: 'boolean', default: false }, authjs: { type: 'boolean', default: false } },
})

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
  const servicePort = await findPort(Number(process.env.PARLOR_DEMO_SERVICE_PORT ?? 4000), 'service')
  const appPort = await findPort(Number(process.env.PARLOR_DEMO_PORT ?? 3000), 'app')
  const serviceUrl = `http://localhost:${servicePort}`
  const appUrl = `http://localhost:${appPort}`
  const secret = readOrMakeSecret()

  // Next reads the packages' dist/, so they are built in development too.
  await processes.run('build', [tsc, '-b'], { cwd: root })
  if (!options.dev && isBuildOld(app.name)) {
    say('Building the demo app; this takes a moment the first time.')
    await processes.run('build', [next, 'build'], { cwd: appFolder, env: { NEXT_TELEMETRY_DISABLED: '1' } })
  }

  const data = join(root, '.parlor')
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
      PARLOR_DATABASE_URL: `file:${join(data, `${app.name}.db`)}`,
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
