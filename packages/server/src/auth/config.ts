/** AuthConfig: which tokens the service reads, as plain data, and how the environment says it. */
import { SESSION_COOKIES } from '@parlor/protocol'
import type { Hs256Options } from './hs256.ts'
import type { JwksIssuer } from './jwks.ts'
import { findWeakness, isKeyOfNothing, parseTokenKeys, SECRET_SETTINGS } from './secrets.ts'

/**
 * Reads every setting of sign-in. Empty values count as not set.
 *
 * @returns the configuration, and lines for the log about what is tolerated only outside production
 * @throws AuthConfigError with one line that names the setting and says what to write
 */
export function readAuthConfig(env: Env, production = env.NODE_ENV === 'production'): AuthConfigResult {
  const warnings: string[] = []
  const config: AuthConfig = {
    production,
    secrets: readSecrets(env, SECRET_SETTINGS, production, warnings),
    tokenKeys: readTokenKeys(env, production, warnings),
    sessionTokens: readSessionTokens(env),
    cookieName: env.AUTH_COOKIE_NAME || undefined,
    https: readHttps(env),
    cookieSignIn: readSwitch(env, 'PARLOR_COOKIE_SIGN_IN'),
    hs256: readHs256(env, production, warnings),
    issuers: readIssuer(env),
  }
  if (config.secrets.length === 0 && config.tokenKeys.length === 0 && !config.hs256 && config.issuers.length === 0) {
    throw new AuthConfigError(
      'AUTH_SECRET',
      'is not set: write the AUTH_SECRET or NEXTAUTH_SECRET of your Next.js app.',
    )
  }
  if (config.cookieSignIn) requireCookieSettings(config)
  return { config, warnings }
}

/** The names under which the app sets its session cookie for v5: they are the salt of its keys. */
export function readCookieNames(config: AuthConfig): readonly string[] {
  if (config.cookieName) return [config.cookieName]
  const [secure, plain] = SESSION_COOKIES.v5
  // Where the address isn't https, or isn't known, either may be right: a proxy in front of the app may end the TLS.
  return config.https ? [secure] : [secure, plain]
}

/** A setting that stops the start. */
export class AuthConfigError extends Error {
  override readonly name = 'AuthConfigError'
  readonly setting: string

  /** @param rest the sentence after the setting's name */
  constructor(setting: string, rest: string) {
    super(`${setting} ${rest}`)
    this.setting = setting
  }
}

const MAKE_ONE = 'Make one with `openssl rand -base64 32` and set it in the app and here.'

function readSecrets(env: Env, settings: readonly string[], production: boolean, warnings: string[]): string[] {
  const secrets = new Set<string>()
  for (const setting of settings) {
    const secret = env[setting]
    if (!secret?.trim()) continue
    if (secret.trim() !== secret) warnings.push(`${setting} begins or ends with white space: is it so in the app too?`)
    const weakness = findWeakness(secret)
    if (weakness && production) throw new AuthConfigError(setting, `${weakness}. ${MAKE_ONE}`)
    if (weakness) warnings.push(`${setting} ${weakness}; production refuses it. ${MAKE_ONE}`)
    secrets.add(secret)
  }
  return [...secrets]
}

function readTokenKeys(env: Env, production: boolean, warnings: string[]): Uint8Array[] {
  const setting = 'PARLOR_TOKEN_SECRET'
  const text = env[setting]
  if (!text) return []
  const keys = parseTokenKeys(text)
  if (!keys)
    throw new AuthConfigError(setting, 'must be 32 bytes as base64url (43 characters), or several with commas.')
  for (const key of keys) {
    if (isKeyOfNothing(key)) {
      const rest = 'was derived from an empty secret, so anybody can make it. Print yours with `parlor token-key`.'
      throw new AuthConfigError(setting, rest)
    }
    const weakness = findWeakness(key)
    if (weakness && production) throw new AuthConfigError(setting, `${weakness}. ${MAKE_ONE}`)
    if (weakness) warnings.push(`${setting} ${weakness}; production refuses it. ${MAKE_ONE}`)
  }
  return keys
}

function readSessionTokens(env: Env): SessionTokenKind[] {
  const text = env.PARLOR_SESSION_TOKENS
  if (!text) return [...SESSION_TOKEN_KINDS]
  if (text === 'none') return []
  return readList(text).map((name) => {
    const kind = SESSION_TOKEN_KINDS.find((known) => known === name)
    if (kind) return kind
    throw new AuthConfigError(
      'PARLOR_SESSION_TOKENS',
      `knows ${SESSION_TOKEN_KINDS.join(', ')} and none, not "${name}".`,
    )
  })
}

/** The order is v5's. Undefined when the app's address isn't known here. */
function readHttps(env: Env): boolean | undefined {
  const setting = env.AUTH_URL ? 'AUTH_URL' : 'NEXTAUTH_URL'
  const address = env[setting]
  if (!address) return undefined
  // NextAuth v4 takes an address without a scheme for https.
  const url = /^https?:\/\//.test(address) ? address : `https://${address}`
  if (!URL.canParse(url)) throw new AuthConfigError(setting, `is no address: "${address}". Write https://your.app.`)
  return url.startsWith('https:')
}

function readSwitch(env: Env, setting: string): boolean {
  const text = env[setting] || 'off'
  if (text === 'on' || text === 'true' || text === '1') return true
  if (text === 'off' || text === 'false' || text === '0') return false
  throw new AuthConfigError(setting, `is on or off, not "${text}".`)
}

function readHs256(env: Env, production: boolean, warnings: string[]): Hs256Options | undefined {
  const settings = ['', '_1', '_2', '_3'].map((suffix) => `PARLOR_HS256_SECRET${suffix}`)
  const secrets = readSecrets(env, settings, production, warnings)
  return secrets.length > 0 ? { secrets, audience: env.PARLOR_HS256_AUDIENCE || undefined } : undefined
}

function readIssuer(env: Env): JwksIssuer[] {
  const issuer = env.PARLOR_JWT_ISSUER
  if (!issuer) return []
  if (!URL.canParse(issuer)) {
    throw new AuthConfigError('PARLOR_JWT_ISSUER', `is no address: "${issuer}". Write the \`iss\` of the tokens.`)
  }
  const jwksUrl = env.PARLOR_JWT_JWKS_URL || `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`
  if (!isSafeAddress(jwksUrl)) {
    const setting = env.PARLOR_JWT_JWKS_URL ? 'PARLOR_JWT_JWKS_URL' : 'PARLOR_JWT_ISSUER'
    throw new AuthConfigError(setting, 'must be an https address: whoever can change the keys can be anybody.')
  }
  const audience = readList(env.PARLOR_JWT_AUDIENCE)
  const authorizedParties = readList(env.PARLOR_JWT_AZP)
  return [
    {
      issuer,
      jwksUrl,
      audience: audience.length > 0 ? audience : undefined,
      authorizedParties: authorizedParties.length > 0 ? authorizedParties : undefined,
    },
  ]
}

function requireCookieSettings(config: AuthConfig): void {
  if (config.secrets.length === 0 || config.sessionTokens.length === 0) {
    throw new AuthConfigError(
      'PARLOR_COOKIE_SIGN_IN',
      'needs AUTH_SECRET and PARLOR_SESSION_TOKENS to read the cookie.',
    )
  }
  if (config.production && config.cookieName && !SECURE_PREFIX.test(config.cookieName)) {
    throw new AuthConfigError(
      'AUTH_COOKIE_NAME',
      'must begin with __Secure- when cookies sign people in in production.',
    )
  }
}

/** Names that a browser takes only from https pages; without one, a page on http can plant a cookie (RFC 6265bis, 4.1.3). */
export const SECURE_PREFIX = /^__(?:Secure|Host)-/

export const SESSION_TOKEN_KINDS = ['nextauth-v4', 'authjs-v5'] as const

function readList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
}

// --- types ---

export interface AuthConfig {
  /** Refuses weak secrets and session cookies without `__Secure-`. */
  production: boolean
  /** The ring: secrets of the app, each of which is accepted for every kind of token. */
  secrets: readonly string[]
  /** Keys of chat tokens and server tokens (`PARLOR_TOKEN_SECRET`), beside those that the secrets give. */
  tokenKeys: readonly Uint8Array[]
  /** Session tokens accepted as they are, in `hello` or a cookie. */
  sessionTokens: readonly SessionTokenKind[]
  /** The app's own name for its session cookie. */
  cookieName?: string | undefined
  /** Whether the app is on https; undefined when not known. */
  https?: boolean | undefined
  /** Whether the session cookie of the upgrade signs in. */
  cookieSignIn: boolean
  hs256?: Hs256Options | undefined
  issuers: readonly JwksIssuer[]
  /** Ms since 1970; the system's clock unless given. */
  now?: (() => number) | undefined
}

export interface AuthConfigResult {
  config: AuthConfig
  warnings: string[]
}

export type SessionTokenKind = (typeof SESSION_TOKEN_KINDS)[number]

type Env = Readonly<Record<string, string | undefined>>
