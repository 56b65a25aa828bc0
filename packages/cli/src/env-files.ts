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
  const where =
    env.NODE_ENV === 'production'
      ? 'set it in the environment.'
      : `write your app's AUTH_SECRET or NEXTAUTH_SECRET into .env.local here (${folder}), or set it in the environment.`
  return `AUTH_SECRET is not set: ${where}`
}

/** Only what is ours to read: an app's own DATABASE_URL or PORT must not become the service's. */
function readFile(path: string): Env {
  try {
    return Object.fromEntries(Object.entries(parseEnv(readFileSync(path, 'utf8'))).filter(([name]) => OURS.test(name)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

const OURS = /^(?:AUTH_|NEXTAUTH_|PARLOR_)/

type Env = Readonly<Record<string, string | undefined>>
