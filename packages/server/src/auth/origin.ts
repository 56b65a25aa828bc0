/** The allow-list of origins: whose pages may connect. */

/**
 * Whether a page of this origin may connect. No `Origin` means that no browser page asks; that is fine when the token
 * comes inside `hello`, where no other site can put one, and never when a cookie signs in. `null` is never allowed.
 *
 * @param origin the `Origin` header, as it came
 */
export function isOriginAllowed(
  origin: string | undefined,
  rules: readonly OriginRule[],
  options: OriginOptions = {},
): boolean {
  if (origin === undefined) return options.cookieSignIn !== true
  if (origin === 'null' || origin.length > MAX_ORIGIN_CHARS) return false
  return rules.some((rule) => (typeof rule.match === 'string' ? rule.match === origin : rule.match.test(origin)))
}

/**
 * Reads `ALLOWED_ORIGINS`: origins with commas or spaces between them. `*` stands for part of one label of the name
 * (`https://my-app-*-team.vercel.app`), or for the port of this machine's own names (`http://localhost:*`).
 *
 * @throws OriginError with one line that says which entry is wrong and what to write
 */
export function parseOrigins(text: string): OriginRule[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseOrigin)
}

/**
 * The rules of an environment: `ALLOWED_ORIGINS`, else the origin of `AUTH_URL` or `NEXTAUTH_URL`; in development this
 * machine's own names besides.
 *
 * @throws OriginError when there is none in production, or one is wrong
 */
export function readAllowedOrigins(env: Env, production = env.NODE_ENV === 'production'): OriginRule[] {
  const local = production ? [] : LOCAL_ORIGINS.map(parseOrigin)
  if (env.ALLOWED_ORIGINS?.trim()) return [...parseOrigins(env.ALLOWED_ORIGINS), ...local]
  const address = env.AUTH_URL || env.NEXTAUTH_URL
  const url = address && (/^https?:\/\//.test(address) ? address : `https://${address}`)
  if (url && URL.canParse(url)) return [parseOrigin(new URL(url).origin), ...local]
  if (local.length > 0) return local
  throw new OriginError('ALLOWED_ORIGINS is not set: write the address of your app, as in https://app.example.com.')
}

/** An entry of `ALLOWED_ORIGINS` that stops the start. */
export class OriginError extends Error {
  override readonly name = 'OriginError'
}

/** Longer ones are no origin: a host name has at most 253 characters (RFC 1035, 2.3.4). */
const MAX_ORIGIN_CHARS = 300

const LOCAL_ORIGINS = ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*', 'https://localhost:*']

/** Under these anybody can have a name, so `*` as the whole label before them would allow everybody. */
const SHARED_HOSTS =
  /^(?:vercel\.app|now\.sh|netlify\.app|pages\.dev|workers\.dev|fly\.dev|onrender\.com|railway\.app|up\.railway\.app|herokuapp\.com|github\.io|gitlab\.io|web\.app|firebaseapp\.com|azurewebsites\.net|ngrok\.app|ngrok\.io|ngrok-free\.app|trycloudflare\.com|surge\.sh|deno\.dev|co\.\w\w|com\.\w\w)$/

function parseOrigin(entry: string): OriginRule {
  if (entry === '*' || entry === 'null')
    throw new OriginError(`ALLOWED_ORIGINS never holds "${entry}": name the origins.`)
  const local = /^(https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\*$/.exec(entry)
  if (local?.[1]) return { text: entry, match: new RegExp(`^${escapeRegExp(local[1])}(?::\\d{1,5})?$`) }
  // The origins of apps in a shell (capacitor://localhost, tauri://localhost): no rules apply but equality.
  if (/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/.test(entry) && !/^(?:https?|wss?|file):/.test(entry)) {
    return { text: entry, match: entry }
  }
  const url = /^https?:\/\//i.test(entry) && URL.canParse(entry) ? new URL(entry) : undefined
  if (!url) throw new OriginError(`ALLOWED_ORIGINS: "${entry}" is no origin. Write it as https://app.example.com.`)
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new OriginError(`ALLOWED_ORIGINS: "${entry}" is more than an origin. Write ${url.origin}.`)
  }
  return { text: entry, match: url.host.includes('*') ? toPattern(entry, url) : url.origin }
}

function toPattern(entry: string, url: URL): RegExp {
  const labels = url.hostname.split('.')
  const last = labels.findLastIndex((label) => label.includes('*'))
  const parent = labels.slice(last + 1).join('.')
  if (labels.length - 1 - last < 2 || (labels[last] === '*' && SHARED_HOSTS.test(parent))) {
    throw new OriginError(`ALLOWED_ORIGINS: "${entry}" would allow other people's sites. Name more of the host.`)
  }
  const host = labels.map((label) => label.split('*').map(escapeRegExp).join('[a-z0-9-]+')).join('\\.')
  return new RegExp(`^${url.protocol}//${host}${url.port && `:${url.port}`}$`)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

// --- types ---

export interface OriginRule {
  /** As it was written. */
  text: string
  /** The origin as browsers send it, or the pattern of it. */
  match: string | RegExp
}

export interface OriginOptions {
  /** A cookie is about to sign in: then a page of an allowed origin must be asking. */
  cookieSignIn?: boolean
}

type Env = Readonly<Record<string, string | undefined>>
