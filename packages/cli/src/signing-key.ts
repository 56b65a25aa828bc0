/** The key that signs chat tokens, from the environment: what the service's own secret gives. */
import { deriveTokenKey, parseTokenKeys } from '@parlor/server'
import { CommandError } from './command-error.ts'
import { explainMissingSecret } from './env-files.ts'

/** Of PARLOR_TOKEN_SECRET, else AUTH_SECRET, else NEXTAUTH_SECRET; or of the variable that `named` names. */
export function readSigningKey(env: Env, folder: string, named?: string): { key: Uint8Array; name: string } {
  const name = named ?? ['PARLOR_TOKEN_SECRET', 'AUTH_SECRET', 'NEXTAUTH_SECRET'].find((one) => env[one]?.trim())
  if (name === undefined) throw new CommandError(`parlor: ${explainMissingSecret(env, folder)}`)
  const value = env[name]?.trim()
  if (!value) throw new CommandError(`parlor: ${name} is not set, and --secret-env names it`)
  if (name !== 'PARLOR_TOKEN_SECRET') return { key: deriveTokenKey(value), name }
  // While one is being replaced there are several; the service takes them all.
  const [key] = parseTokenKeys(value) ?? []
  if (!key) throw new CommandError('parlor: PARLOR_TOKEN_SECRET is no key: `parlor token-key` prints one')
  return { key, name }
}

// --- types ---

type Env = Readonly<Record<string, string | undefined>>
