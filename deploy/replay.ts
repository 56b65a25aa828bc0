/** Replay does what a Dockerfile says without Docker: every stage is a folder, and `/` means that folder. */
import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { listContext, type Stage } from './dockerfile.ts'

/**
 * Replays the stages into folders below `folder`; resolves to the last one.
 *
 * One step has a stand-in: `npm ci` of everything, which would take a minute, links the packages that the repository's
 * own `npm ci` put into its node_modules, from the same lock. Every other step is run as it stands.
 *
 * @param user who stands in for the image's user `node`
 */
export async function replay(stages: Stage[], options: ReplayOptions): Promise<Image> {
  const { repository, folder, dockerignore, user } = options
  const files = listContext(repository, dockerignore)
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  // The image's Node, in a place that its user can read.
  copyFileSync(process.execPath, join(bin, 'node'))
  chmodSync(join(bin, 'node'), 0o755)

  const images = new Map<string, Image>()
  let image: Image | undefined
  for (const stage of stages) {
    const root = join(folder, stage.name.replace(/\W/g, '-'))
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true })
    image = { root, workdir: '/', env: {}, path: [bin], entrypoint: [], command: [], healthcheck: [], ports: [] }
    images.set(stage.name, image)
    for (const step of stage.steps) {
      if (step.name === 'WORKDIR') {
        image.workdir = step.value
        mkdirSync(join(root, step.value), { recursive: true })
      } else if (step.name === 'ENV') {
        const { PATH: path, ...values } = step.values
        Object.assign(image.env, values)
        if (path)
          image.path.unshift(
            ...path
              .split(':')
              .filter((part) => part !== '$PATH')
              .map((part) => root + part),
          )
      } else if (step.name === 'COPY') {
        const from = step.from === undefined ? undefined : images.get(step.from)
        if (step.from !== undefined && !from) throw new Error(`COPY names a stage that isn't there: ${step.from}`)
        for (const source of step.sources) {
          const origin = join(from?.root ?? repository, source)
          const target = resolveTarget(image, step.target, origin)
          if (from) cpSync(origin, target, { recursive: true, verbatimSymlinks: true })
          else copyFromContext(repository, files, source, target)
        }
      } else if (step.name === 'RUN') {
        if (step.command === 'npm ci --ignore-scripts') linkPackages(repository, join(root, image.workdir))
        else await run(image, step.command, user)
      } else if (step.name === 'ENTRYPOINT') image.entrypoint = step.words
      else if (step.name === 'CMD') image.command = step.words
      else if (step.name === 'HEALTHCHECK') image.healthcheck = step.words
      else if (step.name === 'EXPOSE') image.ports.push(Number(step.value))
      else throw new Error(`${step.name} isn't replayed here`)
    }
  }
  if (!image) throw new Error('The Dockerfile has no stage')
  return image
}

/** The environment of a process in the image: its own settings, and its own folders first in PATH. */
export function environmentOf(image: Image): Record<string, string> {
  const inside = Object.entries(image.env).map(([name, value]) => [
    name,
    value.replace('file:/', `file:${image.root}/`),
  ])
  const path = [join(image.root, 'usr/local/bin'), ...image.path, process.env.PATH ?? ''].join(delimiter)
  return { ...Object.fromEntries(inside), PATH: path }
}

async function run(image: Image, command: string, user: string): Promise<void> {
  const inside = command
    .replace(/(?<=\s)\/[\w./-]+/g, (path) => image.root + path)
    .replace(/(?<=-o )node\b/g, user)
    .replace(/(?<=-g )node\b/g, await groupOf(user))
  const env = { ...environmentOf(image), HOME: process.env.HOME ?? image.root, npm_config_prefer_offline: 'true' }
  await promisify(execFile)('sh', ['-ec', inside], { cwd: join(image.root, image.workdir), env })
}

async function groupOf(user: string): Promise<string> {
  const { stdout } = await promisify(execFile)('id', ['-gn', user])
  return stdout.trim()
}

/** Where COPY puts something: a folder's content into the target, a file into a target that ends with a slash or as it. */
function resolveTarget(image: Image, target: string, origin: string): string {
  const path = join(image.root, target.startsWith('/') ? '' : image.workdir, target)
  return target.endsWith('/') && !statSync(origin).isDirectory() ? join(path, basename(origin)) : path
}

function copyFromContext(repository: string, files: string[], source: string, target: string): void {
  const below = files.filter((file) => file === source || file.startsWith(`${source}/`))
  if (below.length === 0) throw new Error(`COPY ${source}: the build context has no such file; see .dockerignore`)
  for (const file of below) {
    const to = file === source ? target : join(target, file.slice(source.length + 1))
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(join(repository, file), to)
    chmodSync(to, statSync(join(repository, file)).mode)
  }
}

/** node_modules as `npm ci` leaves it: packages from the repository's own, workspaces from this very folder. */
function linkPackages(repository: string, folder: string): void {
  const installed = join(repository, 'node_modules')
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@parlor'), { recursive: true })
  for (const name of readdirSync(installed)) {
    if (name !== '@parlor') symlinkSync(join(installed, name), join(modules, name))
  }
  for (const name of readdirSync(join(folder, 'packages'))) {
    symlinkSync(join(folder, 'packages', name), join(modules, '@parlor', name))
    const nested = join(repository, 'packages', name, 'node_modules')
    if (existsSync(nested)) symlinkSync(nested, join(folder, 'packages', name, 'node_modules'))
  }
}

// --- types ---

export interface ReplayOptions {
  repository: string
  folder: string
  dockerignore: string
  user: string
}

/** What a stage has become. */
export interface Image {
  root: string
  workdir: string
  env: Record<string, string>
  /** Folders before the machine's own in PATH. */
  path: string[]
  entrypoint: string[]
  command: string[]
  healthcheck: string[]
  ports: number[]
}
