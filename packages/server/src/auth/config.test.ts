import { describe, expect, it } from 'vitest'
import { AuthConfigError, readAuthConfig, readCookieNames } from './config.ts'
import { deriveTokenKey, formatTokenKey } from './secrets.ts'
import { AUTH_SETTINGS } from './settings.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
// HKDF of the empty string, spelled out: what a command prints that forgot to look whether the secret is set.
const keyOfNothing = 'LviPqoAs0-iLXMaNmi6Pus6iQCCbPDCupZeqMNlZPE4'
const older = (i: number) => `${i}k3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga`

describe('readAuthConfig', () => {
  it('reads the whole ring, each secret once', () => {
    const { config } = readAuthConfig({
      NEXTAUTH_SECRET: older(0),
      AUTH_SECRET: secret,
      AUTH_SECRET_1: older(1),
      AUTH_SECRET_2: secret,
      AUTH_SECRET_3: older(3),
    })
    expect(config.secrets).toEqual([secret, older(0), older(1), older(3)])
  })

  it('enables session tokens and nothing that must be chosen', () => {
    const { config, warnings } = readAuthConfig({ AUTH_SECRET: secret, NODE_ENV: 'production' })
    expect(config).toMatchObject({
      production: true,
      sessionTokens: ['nextauth-v4', 'authjs-v5'],
      cookieSignIn: false,
      hs256: undefined,
      issuers: [],
    })
    expect(warnings).toEqual([])
  })

  it('takes the derived key alone', () => {
    const key = deriveTokenKey(secret)
    const { config } = readAuthConfig({ PARLOR_TOKEN_SECRET: formatTokenKey(key), AUTH_SECRET: '' })
    expect(config).toMatchObject({ secrets: [], tokenKeys: [key] })
  })

  it('warns about a weak secret in development and refuses it in production, without showing it', () => {
    const { warnings } = readAuthConfig({ AUTH_SECRET: 'hunter2' })
    expect(warnings).toEqual([expect.stringMatching(/^AUTH_SECRET has 7 bytes and needs 32/)])
    const start = () => readAuthConfig({ NEXTAUTH_SECRET: 'hunter2', NODE_ENV: 'production' })
    expect(start).toThrow(/^NEXTAUTH_SECRET has 7 bytes and needs 32\. Make one with/)
    expect(start).not.toThrow('hunter2')
    const zeros = formatTokenKey(new Uint8Array(32))
    expect(() => readAuthConfig({ PARLOR_TOKEN_SECRET: zeros, NODE_ENV: 'production' })).toThrow(/^PARLOR_TOKEN_SECRET/)
    expect(() => readAuthConfig({ AUTH_SECRET: secret, PARLOR_HS256_SECRET: 'x', NODE_ENV: 'production' })).toThrow(
      /^PARLOR_HS256_SECRET /,
    )
  })

  it('warns about white space around a secret, and keeps it', () => {
    const { config, warnings } = readAuthConfig({ AUTH_SECRET: `${secret}\n` })
    expect(warnings).toEqual([expect.stringContaining('white space')])
    expect(config.secrets).toEqual([`${secret}\n`])
  })

  it.each<[Record<string, string>, RegExp]>([
    [{}, /^AUTH_SECRET is not set: write/],
    [{ AUTH_SECRET: '' }, /^AUTH_SECRET is not set: write/],
    [{ AUTH_SECRET: ' \n', NEXTAUTH_SECRET: '' }, /^AUTH_SECRET is not set: write/],
    [{ PARLOR_TOKEN_SECRET: keyOfNothing }, /^PARLOR_TOKEN_SECRET was derived from an empty secret/],
    [
      { AUTH_SECRET: secret, PARLOR_TOKEN_SECRET: `${formatTokenKey(deriveTokenKey(secret))},${keyOfNothing}` },
      /^PARLOR_TOKEN_SECRET was derived from an empty secret/,
    ],
    [{ PARLOR_TOKEN_SECRET: secret }, /^PARLOR_TOKEN_SECRET must be 32 bytes as base64url/],
    [{ AUTH_SECRET: secret, PARLOR_SESSION_TOKENS: 'v4' }, /^PARLOR_SESSION_TOKENS knows .*not "v4"/],
    [{ AUTH_SECRET: secret, AUTH_URL: 'http://' }, /^AUTH_URL is no address/],
    [{ AUTH_SECRET: secret, NEXTAUTH_URL: 'a b' }, /^NEXTAUTH_URL is no address/],
    [{ AUTH_SECRET: secret, PARLOR_COOKIE_SIGN_IN: 'yes' }, /^PARLOR_COOKIE_SIGN_IN is on or off/],
    [{ PARLOR_TOKEN_SECRET: 'A'.repeat(43), PARLOR_COOKIE_SIGN_IN: 'on' }, /^PARLOR_COOKIE_SIGN_IN needs AUTH_SECRET/],
    [
      { AUTH_SECRET: secret, PARLOR_COOKIE_SIGN_IN: 'on', AUTH_COOKIE_NAME: 'sid', NODE_ENV: 'production' },
      /^AUTH_COOKIE_NAME must begin with __Secure-/,
    ],
    [{ PARLOR_JWT_ISSUER: 'clerk' }, /^PARLOR_JWT_ISSUER is no address/],
    [{ PARLOR_JWT_ISSUER: 'http://clerk.example.com' }, /^PARLOR_JWT_ISSUER must be an https address/],
    [
      { PARLOR_JWT_ISSUER: 'https://clerk.example.com', PARLOR_JWT_JWKS_URL: 'http://clerk.example.com/keys' },
      /^PARLOR_JWT_JWKS_URL must be an https address/,
    ],
  ])('stops the start for %o with one line that names the setting', (env, line) => {
    expect(() => readAuthConfig(env)).toThrow(AuthConfigError)
    expect(() => readAuthConfig(env)).toThrow(line)
    try {
      readAuthConfig(env)
    } catch (error) {
      expect((error as AuthConfigError).message).not.toContain('\n')
      expect((error as AuthConfigError).message).toMatch(new RegExp(`^${(error as AuthConfigError).setting} `))
    }
  })

  it('reads what must be chosen', () => {
    const { config } = readAuthConfig({
      AUTH_SECRET: secret,
      PARLOR_SESSION_TOKENS: 'authjs-v5',
      PARLOR_COOKIE_SIGN_IN: 'on',
      PARLOR_HS256_SECRET: older(1),
      PARLOR_HS256_SECRET_1: older(2),
      PARLOR_HS256_AUDIENCE: 'chat',
      PARLOR_JWT_ISSUER: 'https://tenant.example.com/',
      PARLOR_JWT_AUDIENCE: 'chat, web',
      PARLOR_JWT_AZP: 'https://app.example.com',
    })
    expect(config).toMatchObject({
      sessionTokens: ['authjs-v5'],
      cookieSignIn: true,
      hs256: { secrets: [older(1), older(2)], audience: 'chat' },
      issuers: [
        {
          issuer: 'https://tenant.example.com/',
          jwksUrl: 'https://tenant.example.com/.well-known/jwks.json',
          audience: ['chat', 'web'],
          authorizedParties: ['https://app.example.com'],
        },
      ],
    })
    expect(readAuthConfig({ AUTH_SECRET: secret, PARLOR_SESSION_TOKENS: 'none' }).config.sessionTokens).toEqual([])
  })
})

describe('readCookieNames', () => {
  const names = (env: Record<string, string>) => readCookieNames(readAuthConfig({ AUTH_SECRET: secret, ...env }).config)
  const [secure, plain] = ['__Secure-authjs.session-token', 'authjs.session-token']

  it('takes both names, only __Secure- for an app on https, and only the app’s own when it has one', () => {
    expect(names({})).toEqual([secure, plain])
    expect(names({ AUTH_URL: 'http://localhost:3000' })).toEqual([secure, plain])
    expect(names({ AUTH_URL: 'https://app.example.com' })).toEqual([secure])
    expect(names({ NEXTAUTH_URL: 'app.example.com' })).toEqual([secure])
    expect(names({ AUTH_URL: 'http://localhost:3000', NEXTAUTH_URL: 'https://app.example.com' })).toEqual([
      secure,
      plain,
    ])
    expect(names({ AUTH_URL: 'https://app.example.com', AUTH_COOKIE_NAME: 'mine' })).toEqual(['mine'])
  })
})

describe('AUTH_SETTINGS', () => {
  it('lists every variable that is read, and no other', () => {
    const read = new Set<string>()
    const values: Record<string, string> = {
      AUTH_SECRET: secret,
      PARLOR_COOKIE_SIGN_IN: 'on',
      PARLOR_HS256_SECRET: older(1),
      PARLOR_JWT_ISSUER: 'https://tenant.example.com/',
    }
    const env = new Proxy(values, {
      get: (target, name: string) => {
        read.add(name)
        return target[name]
      },
    })
    readAuthConfig(env, false)
    expect(AUTH_SETTINGS.map((setting) => setting.env).sort()).toEqual([...read].sort())
  })
})
