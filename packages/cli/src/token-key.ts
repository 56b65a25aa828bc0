/** `parlor token-key`: prints the key that signs chat tokens, for `PARLOR_TOKEN_SECRET`. */
import { deriveTokenKey, findWeakness, formatTokenKey } from '@parlor/server'
import { CommandError } from './command-error.ts'
import { explainMissingSecret, readEnv } from './env-files.ts'

/** From AUTH_SECRET, else NEXTAUTH_SECRET: the order in which the app picks the one that signs. */
export function tokenKey(args: string[]): void {
  if (args.length > 0) throw new CommandError('parlor: token-key takes no arguments; it reads AUTH_SECRET')
  const env = readEnv(process.env, process.cwd())
  const name = env.AUTH_SECRET?.trim() ? 'AUTH_SECRET' : 'NEXTAUTH_SECRET'
  const secret = env[name]
  if (!secret?.trim()) throw new CommandError(`parlor: ${explainMissingSecret(env, process.cwd())}`)
  const weakness = findWeakness(secret)
  if (weakness) throw new CommandError(`parlor: ${name} ${weakness}. Make one with \`openssl rand -base64 32\`.`)
  console.log(formatTokenKey(deriveTokenKey(secret)))
}
