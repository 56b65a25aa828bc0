import { describe, expect, it } from 'vitest'
import { isOriginAllowed, OriginError, parseOrigins, readAllowedOrigins } from './origin.ts'

describe('an exact origin', () => {
  const rules = parseOrigins('https://app.example.com, http://localhost:3000 https://Shop.Example.com:443/')

  it.each(['https://app.example.com', 'http://localhost:3000', 'https://shop.example.com'])('allows %s', (origin) => {
    expect(isOriginAllowed(origin, rules)).toBe(true)
  })

  it.each([
    'null',
    '',
    '*',
    'http://app.example.com',
    'https://app.example.com.evil.com',
    'https://evil-app.example.com',
    'https://evilapp.example.com',
    'https://example.com',
    'https://sub.app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com:443',
    'https://app.example.com/',
    'https://app.example.com.',
    'https://app.example.com@evil.com',
    'https://evil.com/https://app.example.com',
    'https://evil.com?https://app.example.com',
    'https://APP.example.com',
    'https://app-example.com',
    'https://app.example.com\n',
    'https://app.example.com, https://evil.com',
    'http://localhost:3001',
    'http://localhost',
    'http://127.0.0.1:3000',
  ])('refuses %j', (origin) => {
    expect(isOriginAllowed(origin, rules)).toBe(false)
  })
})

describe('`*` inside a label', () => {
  const rules = parseOrigins(
    'https://my-app-*-team.vercel.app https://*.preview.example.com https://pr-*.example.org:8443',
  )

  it.each([
    'https://my-app-git-main-team.vercel.app',
    'https://my-app-x1-team.vercel.app',
    'https://feature.preview.example.com',
    'https://pr-17.example.org:8443',
  ])('allows %s', (origin) => {
    expect(isOriginAllowed(origin, rules)).toBe(true)
  })

  it.each([
    'https://my-app--team.vercel.app',
    'https://my-app-x.y-team.vercel.app',
    'https://my-app-evil.com/-team.vercel.app',
    'https://my-app-x-team.vercel.app.evil.com',
    'https://my-app-x-team-vercel.app',
    'https://evil.com#my-app-x-team.vercel.app',
    'https://a.b.preview.example.com',
    'https://.preview.example.com',
    'https://preview.example.com',
    'https://xpreview.example.com',
    'http://feature.preview.example.com',
    'https://pr-17.example.org',
    'https://my-app-X-team.vercel.app',
    `https://my-app-${'x'.repeat(400)}-team.vercel.app`,
  ])('refuses %s', (origin) => {
    expect(isOriginAllowed(origin, rules)).toBe(false)
  })
})

describe('no `Origin` at all', () => {
  it('is allowed, because the token comes in `hello`', () => {
    expect(isOriginAllowed(undefined, parseOrigins('https://app.example.com'))).toBe(true)
  })

  it('is refused when a cookie signs in', () => {
    expect(isOriginAllowed(undefined, parseOrigins('https://app.example.com'), { cookieSignIn: true })).toBe(false)
  })
})

describe('parseOrigins', () => {
  it('allows any port of this machine’s own names, when asked to', () => {
    const rules = parseOrigins('http://localhost:* http://[::1]:*')
    for (const origin of ['http://localhost', 'http://localhost:3000', 'http://[::1]:5173']) {
      expect(isOriginAllowed(origin, rules)).toBe(true)
    }
    for (const origin of [
      'http://localhost:3000.evil.com',
      'http://localhost.evil.com',
      'http://localhost:',
      'https://localhost',
    ]) {
      expect(isOriginAllowed(origin, rules)).toBe(false)
    }
  })

  it('takes the origins of apps in a shell as they are', () => {
    const rules = parseOrigins('capacitor://localhost')
    expect(isOriginAllowed('capacitor://localhost', rules)).toBe(true)
    expect(isOriginAllowed('capacitor://localhost.evil.com', rules)).toBe(false)
  })

  it('writes names of other scripts as browsers send them', () => {
    expect(isOriginAllowed('https://xn--bcher-kva.example', parseOrigins('https://bücher.example'))).toBe(true)
  })

  it.each([
    ['*', 'name the origins'],
    ['null', 'name the origins'],
    ['app.example.com', 'https://app.example.com'],
    ['wss://app.example.com', 'is no origin'],
    ['https://', 'is no origin'],
    ['https://app.example.com/chat', 'Write https://app.example.com'],
    ['https://app.example.com?x=1', 'more than an origin'],
    ['https://user:pass@app.example.com', 'more than an origin'],
    ['https://*', 'other people'],
    ['https://*.com', 'other people'],
    ['https://*.vercel.app', 'other people'],
    ['https://*.github.io', 'other people'],
    ['https://*.co.uk', 'other people'],
    ['https://app-*.com', 'other people'],
    ['https://app.*', 'other people'],
    ['https://app.example.com:*', 'is no origin'],
  ])('refuses %s and says why', (entry, why) => {
    expect(() => parseOrigins(`https://ok.example.com ${entry}`)).toThrow(OriginError)
    expect(() => parseOrigins(entry)).toThrow(why)
  })
})

describe('readAllowedOrigins', () => {
  const allows = (env: Record<string, string>, origin: string) => isOriginAllowed(origin, readAllowedOrigins(env))

  it('takes ALLOWED_ORIGINS, and nothing else beside it in production', () => {
    const env = { NODE_ENV: 'production', ALLOWED_ORIGINS: 'https://a.example.com', AUTH_URL: 'https://b.example.com' }
    expect(allows(env, 'https://a.example.com')).toBe(true)
    expect(allows(env, 'https://b.example.com')).toBe(false)
    expect(allows(env, 'http://localhost:3000')).toBe(false)
  })

  it('takes the app’s address when there is no list', () => {
    expect(
      allows({ NODE_ENV: 'production', AUTH_URL: 'https://b.example.com/api/auth' }, 'https://b.example.com'),
    ).toBe(true)
    expect(allows({ NODE_ENV: 'production', NEXTAUTH_URL: 'b.example.com' }, 'https://b.example.com')).toBe(true)
  })

  it('allows this machine in development', () => {
    expect(allows({}, 'http://localhost:3000')).toBe(true)
    expect(allows({ ALLOWED_ORIGINS: 'https://a.example.com' }, 'http://127.0.0.1:3000')).toBe(true)
    expect(allows({}, 'http://192.168.0.2:3000')).toBe(false)
  })

  it('stops the start in production when nothing says which', () => {
    expect(() => readAllowedOrigins({ NODE_ENV: 'production' })).toThrow(/^ALLOWED_ORIGINS is not set: write/)
  })
})
