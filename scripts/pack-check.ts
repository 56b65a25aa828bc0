/** Packs every package as it would be published, lints the tarballs, and builds and runs a clean Next.js app from them. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createCleanApp } from './clean-app.ts'
import { findFreePort } from './free-port.ts'

const root = process.cwd()
const bin = join(root, 'node_modules/.bin')
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH}`,
  NEXT_TELEMETRY_DISABLED: '1',
  CI: '1',
}

const work = mkdtempSync(join(tmpdir(), 'parlor-pack-'))
try {
  run('npm', ['run', '--silent', 'build'], root)
  const packages = readdirSync(join(root, 'packages')).map((folder) => pack(join(root, 'packages', folder)))
  const app = join(work, 'app')
  installInto(app, packages)
  run('npx', ['next', 'build'], app)
  await startService(app)
  console.log(
    `Pack check: ${packages.length} packages pass publint and attw; a clean Next.js app builds, the service starts.`,
  )
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Lints and packs one package; returns its name and its tarball. */
function pack(folder: string): Packed {
  const { name, bin: commands } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', work], folder)) as NpmPack[]
  if (!packed) throw new Error(`npm packed nothing in ${folder}`)
  const tarball = join(work, packed.filename)
  const strange = packed.files.filter(({ path }) => /\.(test|contract)\.|tsbuildinfo|(^|\/)\.env/.test(path))
  if (strange.length > 0) throw new Error(`${name} would publish ${strange.map(({ path }) => path).join(', ')}`)
  for (const needed of ['LICENSE', 'README.md', 'package.json']) {
    if (!packed.files.some(({ path }) => path === needed))
      throw new Error(`${name} would be published without ${needed}`)
  }
  run('publint', ['run', '--strict', tarball], root)
  // A command has no entry to import; a stylesheet has no types.
  if (!commands)
    run('attw', [tarball, '--profile', 'esm-only', '--exclude-entrypoints', 'styles.css', 'package.json'], root)
  return { name, tarball }
}

/** A Next.js app that has nothing of this repository but the tarballs. */
function installInto(app: string, packages: readonly Packed[]): void {
  const versions =
    (JSON.parse(readFileSync(join(root, 'apps/demo/package.json'), 'utf8')) as Manifest).dependencies ?? {}
  const types = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest).devDependencies ?? {}
  const taken = ['next', 'next-auth', 'react', 'react-dom'].map((name) => [name, versions[name]])
  const takenTypes = ['typescript', '@types/node', '@types/react', '@types/react-dom'].map((name) => [
    name,
    types[name],
  ])
  const manifest = {
    name: 'clean-app',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries([...taken, ...packages.map(({ name, tarball }) => [name, `file:${tarball}`])]),
    devDependencies: Object.fromEntries(takenTypes),
  }
  const files = createCleanApp(readFileSync(join(root, 'README.md'), 'utf8'))
  for (const [path, content] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
    mkdirSync(dirname(join(app, path)), { recursive: true })
    writeFileSync(join(app, path), content)
  }
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], app)
}

/** Starts the installed service as its documentation says, and asks whether it is there. */
async function startService(app: string): Promise<void> {
  const port = await findFreePort()
  const settings = {
    AUTH_SECRET: 'k2Vb0x9mQ7tRz4LwYc8uHs1nEj6pGd3fXa5oTiBvNeM=',
    PORT: String(port),
    PARLOR_HOST: '127.0.0.1',
    PARLOR_DATABASE_URL: `file:${join(app, 'chat.db')}`,
  }
  const path = `${join(app, 'node_modules/.bin')}${delimiter}${env.PATH}`
  const service = spawn(join(app, 'node_modules/.bin/parlor'), ['start'], {
    cwd: app,
    env: { ...env, ...settings, PATH: path },
  })
  let output = ''
  service.stdout.on('data', (chunk) => (output += chunk))
  service.stderr.on('data', (chunk) => (output += chunk))
  const exited = once(service, 'exit')
  const end = Date.now() + 20_000
  try {
    while (!(await isReady(`http://127.0.0.1:${port}/readyz`))) {
      if (service.exitCode !== null || Date.now() > end) throw new Error(`the packed service didn't start:\n${output}`)
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 100))])
    }
  } finally {
    service.kill('SIGTERM')
    await exited
  }
  if (service.exitCode !== 0)
    throw new Error(`the packed service didn't stop cleanly (${service.exitCode}):\n${output}`)
}

async function isReady(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  )
}

/** Runs a command to its end and returns what it printed; throws with all of it when it fails. */
function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed in ${cwd}\n${stdout}\n${stderr}`)
  return stdout
}

// --- types ---

interface Packed {
  name: string
  tarball: string
}

interface NpmPack {
  filename: string
  files: readonly { path: string }[]
}

interface Manifest {
  name: string
  bin?: unknown
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}
