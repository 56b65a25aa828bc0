/** The environment, and outside production what an app's `.env.local` and `.env` say about sign-in and Parlor. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** What is set already wins, then `.env.local`, then `.env`: the order of Next.js. */
export function readEnv(env: Env, folder: string): Env {
  if (env.NODE_ENV === 'production') return env
  return { ...readFile(join(folder, '.env')), ...readFile(join(folder, '.env.local')), ...env }
}

/** What to do when there is no secret, in one line. */
export function explainMissingSecret(env: Env, folder: string): string {
  if (env.NODE_ENV === 'production') {
    return "AUTH_SECRET is not set: set your app's AUTH_SECRET or NEXTAUTH_SECRET in the environment."
  }
  return `AUTH_SECRET is not set: write your app's AUTH_SECRET or NEXTAUTH_SECRET into .env.local here (${folder}), or set it in the environment.`
}

/**
 * What to do about settings of the service that stand in the files under a name that isn't read from there, in one line;
 * undefined when there are none, or the environment has them.
 */
export function explainIgnored(env: Env, folder: string, settings: readonly string[]): string | undefined {
  if (env.NODE_ENV === 'production') return undefined
  for (const file of ['.env.local', '.env']) {
    const text = readText(join(folder, file))
    const found = Object.entries(parseEnv(text)).filter(
      ([name]) => settings.includes(name) && !OURS.test(name) && env[name] === undefined,
    )
    if (found.length === 0) continue
    const names = found.map(([name]) => name).join(', ')
    const example = found.map(([name, value]) => `${name}=${quote(value ?? '')}`).join(' ')
    return `${file} has ${names}, which the service doesn't read from your app's file; to set it for the service: ${example} npx parlor start`
  }
  return undefined
}

/** Only what is ours to read: an app's own DATABASE_URL or PORT must not become the service's. */
function readFile(path: string): Env {
  return Object.fromEntries(Object.entries(parseEnv(readText(path))).filter(([name]) => OURS.test(name)))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** As a shell takes it for one word. */
function quote(value: string): string {
  return /^[\w./:@,+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`).replaceAll('\n', ' ')}'`
}

const OURS = /^(?:AUTH_|NEXTAUTH_|PARLOR_)/

type Env = Readonly<Record<string, string | undefined>>
