import { randomBytes } from 'node:crypto'
import { CHAT_KEY_BYTES } from '@parlor/protocol'
import { describe, expect, it } from 'vitest'
import { deriveTokenKey, findWeakness, formatTokenKey, parseTokenKeys } from './secrets.ts'

describe('findWeakness', () => {
  it.each([
    'secret',
    'a'.repeat(31),
    'a'.repeat(64),
    'abababababababababababababababababab',
    'your-secret-here-your-secret-here-your-secret-here',
    'your-256-bit-secret-your-256-bit-secret',
    'your_nextauth_secret_of_at_least_32_characters',
    'changeme-changeme-changeme-changeme',
    'change-me-to-something-long-and-random',
    'replace_this_with_a_long_random_string_please',
    'supersecretsupersecretsupersecretsupersecret',
    'openssl rand -base64 32 openssl rand -base64 32',
    '$(openssl rand -base64 32)aaaaaaaaaaaaaaaa',
    'This is an example of a secret with 32 bytes',
    'my-password-is-long-enough-to-pass-it',
  ])('finds %s weak', (secret) => {
    expect(findWeakness(secret)).toBeDefined()
  })

  it('finds what `openssl rand` makes good', () => {
    for (let i = 0; i < 1_000; i++) {
      expect(findWeakness(randomBytes(32).toString('base64'))).toBeUndefined()
      expect(findWeakness(randomBytes(32).toString('hex'))).toBeUndefined()
      expect(findWeakness(randomBytes(16).toString('hex'))).toBeUndefined()
      expect(findWeakness(new Uint8Array(randomBytes(32)))).toBeUndefined()
    }
  })

  it('counts bytes, not characters', () => {
    expect(findWeakness('äöüßéèàçñøå1234')).toContain('bytes')
    expect(findWeakness('äöüßéèàçñøåæœ12345678')).toBeUndefined()
  })
})

describe('the token key', () => {
  it('is the same for the same secret forever: HKDF-SHA256, empty salt, `parlor chat token v1`, 32 bytes', async () => {
    const text = new TextEncoder()
    const material = await crypto.subtle.importKey('raw', text.encode('a secret'), 'HKDF', false, ['deriveBits'])
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: text.encode('parlor chat token v1') }
    const bits = await crypto.subtle.deriveBits(hkdf, material, CHAT_KEY_BYTES * 8)
    expect(deriveTokenKey('a secret')).toEqual(new Uint8Array(bits))
  })

  it('goes through PARLOR_TOKEN_SECRET unchanged, alone or in a list', () => {
    const keys = [deriveTokenKey('one'), deriveTokenKey('two')]
    const text = keys.map(formatTokenKey)
    expect(text[0]).toMatch(/^[\w-]{43}$/)
    expect(parseTokenKeys(text.join(', '))).toEqual(keys)
    expect(parseTokenKeys(Buffer.from(keys[0] ?? []).toString('base64'))).toEqual([keys[0]])
  })

  it.each(['', ',', 'short', 'x'.repeat(44), `${'A'.repeat(43)},`, `${'A'.repeat(42)}!`])('isn’t %j', (text) => {
    expect(parseTokenKeys(text)).toBeUndefined()
  })
})
