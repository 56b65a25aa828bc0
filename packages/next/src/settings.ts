/** The app's settings. Each variable is spelled out, because Next.js replaces only names that it can read in the code. */
import { ChatError } from '@parlor/protocol'

/**
 * The address at which the app's server reaches the service: `PARLOR_URL`, else the one that browsers use; in development
 * the port of this machine at which `parlor start` listens.
 *
 * @returns an http(s) address without a slash at its end
 * @throws ChatError `internal` that names the setting
 */
export function readServiceUrl(url: string | undefined): string {
  const development = isProduction() ? undefined : DEVELOPMENT_URL
  const address = url || process.env.PARLOR_URL || process.env.NEXT_PUBLIC_PARLOR_URL || development
  if (!address) {
    throw new ChatError('internal', {
      message: 'PARLOR_URL is not set.',
      hint: 'Write the address of the chat service, or set NEXT_PUBLIC_PARLOR_URL, the one for browsers.',
    })
  }
  const http = address.replace(/^ws(?=s?:\/\/)/i, 'http').replace(/\/+$/, '')
  if (/^https?:\/\//i.test(http) && URL.canParse(http)) return http
  throw new ChatError('internal', {
    message: `PARLOR_URL is no address: "${address}".`,
    hint: 'The app’s server needs all of it, as in https://chat.example.com.',
  })
}

/**
 * The secrets that can have made a session cookie: those given in code, else those of the environment that NextAuth and
 * Auth.js would use themselves. The first one signs.
 */
export function readSecrets(given: Secret | undefined): string[] {
  if (given?.length) return typeof given === 'string' ? [given] : [...given]
  const secrets = [process.env.AUTH_SECRET, process.env.NEXTAUTH_SECRET].filter(isSet)
  if (secrets.length > 0) return [...new Set(secrets)]
  // Auth.js reads numbered secrets only when there is no plain one; the highest number is the newest.
  return [process.env.AUTH_SECRET_3, process.env.AUTH_SECRET_2, process.env.AUTH_SECRET_1].filter(isSet)
}

/** `PARLOR_TOKEN_SECRET`: the key that signs, when the service isn't given the secret. The first of a list. */
export function readTokenSecret(): string | undefined {
  return process.env.PARLOR_TOKEN_SECRET?.split(',')[0]?.trim() || undefined
}

/** The app's own name for its session cookie. */
export function readCookieName(): string | undefined {
  return process.env.AUTH_COOKIE_NAME || undefined
}

/** `PARLOR_SESSION_TOKENS`, as the service reads it: whose session tokens count. */
export function readSessionTokens(): string[] {
  const text = process.env.PARLOR_SESSION_TOKENS || 'nextauth-v4,authjs-v5'
  return text.split(',').map((name) => name.trim())
}

/** Whether the app says that it is on https: then only `__Secure-` cookies are its own. */
export function isHttpsApp(): boolean {
  return (process.env.AUTH_URL || process.env.NEXTAUTH_URL || '').startsWith('https:')
}

export function isProduction(): boolean {
  return process.env.NODE_ENV === 'production'
}

/** The default of the service's PORT. */
const DEVELOPMENT_URL = 'http://localhost:4000'

function isSet(secret: string | undefined): secret is string {
  return !!secret
}

// --- types ---

/** A secret, or several: the first signs, all are tried. */
export type Secret = string | readonly string[]
