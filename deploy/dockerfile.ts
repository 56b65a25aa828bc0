/** Dockerfile reads a Dockerfile into stages, and says which files of a folder an image build would see. */
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

/** The stages of a Dockerfile, in order. Throws on an instruction or a form that isn't known here. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = []
  for (const line of joinLines(text)) {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(line) ?? []
    if (name === 'FROM') {
      const [, image = '', as] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? fail(line)
      stages.push({ image, name: as ?? `stage ${stages.length}`, steps: [] })
      continue
    }
    const stage = stages.at(-1) ?? fail(line)
    stage.steps.push(parseStep(name, rest, line))
  }
  return stages
}

/** Every file below a folder that the build context holds, as paths relative to it, by the rules of .dockerignore. */
export function listContext(folder: string, dockerignore: string): string[] {
  const rules = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => ({ included: line.startsWith('!'), pattern: toRegExp(line.replace(/^!/, '')) }))
  const isIncluded = (path: string) => rules.findLast(({ pattern }) => pattern.test(path))?.included ?? true
  const files: string[] = []
  const walk = (at: string) => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name)
      const name = relative(folder, path)
      // Docker goes into an excluded folder only for a pattern that brings something back; ours bring back folders.
      if (!isIncluded(name)) continue
      if (entry.isDirectory()) walk(path)
      else files.push(name)
    }
  }
  walk(folder)
  return files
}

function parseStep(name: string, rest: string, line: string): Step {
  switch (name) {
    case 'COPY': {
      const [, from, paths = ''] = /^(?:--from=(\S+)\s+)?(.*)$/s.exec(rest) ?? fail(line)
      const words = paths.split(/\s+/)
      if (words.length < 2 || /[*?[$]|--/.test(paths)) fail(line)
      return { name, from, sources: words.slice(0, -1), target: words.at(-1) ?? fail(line) }
    }
    case 'RUN':
      return { name, command: rest }
    case 'ENV': {
      const pairs = [...rest.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, key = '', value = '']) => [key, unquote(value)])
      return { name, values: Object.fromEntries(pairs) }
    }
    case 'WORKDIR':
    case 'USER':
    case 'EXPOSE':
      return { name, value: rest }
    case 'ENTRYPOINT':
    case 'CMD':
      return { name, words: JSON.parse(rest) }
    case 'HEALTHCHECK': {
      const [, words = ''] = /\sCMD\s+(\[.*\])$/s.exec(` ${rest}`) ?? fail(line)
      return { name, words: JSON.parse(words) }
    }
    default:
      return fail(line)
  }
}

/** Logical lines: comments dropped, continued lines joined. */
function joinLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

/** A pattern of .dockerignore: `*` stays inside a folder, `**` doesn't; what lies below a match matches too. */
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (glob) => GLOBS[glob] ?? glob)
  return new RegExp(`^${source}(?:/.*)?$`)
}

const GLOBS: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }

function unquote(value: string): string {
  return value.replace(/^"(.*)"$/, '$1')
}

function fail(line: string): never {
  throw new Error(`This line of the Dockerfile is of a form that isn't known here: ${line}`)
}

// --- types ---

export interface Stage {
  image: string
  name: string
  steps: Step[]
}

export type Step =
  | { name: 'COPY'; from: string | undefined; sources: string[]; target: string }
  | { name: 'RUN'; command: string }
  | { name: 'ENV'; values: Record<string, string> }
  | { name: 'WORKDIR' | 'USER' | 'EXPOSE'; value: string }
  | { name: 'ENTRYPOINT' | 'CMD' | 'HEALTHCHECK'; words: string[] }
