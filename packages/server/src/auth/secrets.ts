/** The secrets that the app and the service share: which ones there are, whether they are good, and the key they give. */
import { hkdfSync } from 'node:crypto'
import { CHAT_KEY_BYTES, CHAT_KEY_INFO } from '@parlor/protocol'

/** The ring, in the order of their settings: every one of them is accepted. Auth.js numbers old ones up to 3. */
export const SECRET_SETTINGS = ['AUTH_SECRET', 'NEXTAUTH_SECRET', 'AUTH_SECRET_1', 'AUTH_SECRET_2', 'AUTH_SECRET_3']

/** Least length of a secret in bytes: a 256-bit key can't come from less. */
const MIN_SECRET_BYTES = 32

/**
 * The 32-byte key that signs chat tokens and server tokens, from the secret's UTF-8 bytes. Whoever has it can speak to
 * the chat as anybody, and can't make a session of the app: safer to hand out than the secret is.
 */
export function deriveTokenKey(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', CHAT_KEY_INFO, CHAT_KEY_BYTES))
}

/** The key as `PARLOR_TOKEN_SECRET` has it: base64url, 43 characters. */
export function formatTokenKey(key: Uint8Array): string {
  return Buffer.from(key).toString('base64url')
}

/**
 * Keys out of `PARLOR_TOKEN_SECRET`: one, or several with commas between them while one is being replaced.
 *
 * @returns undefined when one of them isn't base64url (or base64) of exactly 32 bytes
 */
export function parseTokenKeys(text: string): Uint8Array[] | undefined {
  const keys: Uint8Array[] = []
  for (const part of text.split(',')) {
    const value = part.trim()
    if (!/^[A-Za-z0-9_+/-]{43}=?$/.test(value)) return undefined
    keys.push(new Uint8Array(Buffer.from(value, 'base64url')))
  }
  return keys
}

/** Whether a key was derived from an empty secret: then anybody can derive it too. */
export function isKeyOfNothing(key: Uint8Array): boolean {
  return KEY_OF_NOTHING.equals(key)
}

const KEY_OF_NOTHING = Buffer.from(deriveTokenKey(''))

/** What is weak about a secret, as the end of a sentence that begins with its name; undefined for a good one. */
export function findWeakness(secret: string | Uint8Array): string | undefined {
  const bytes = Buffer.from(secret)
  if (typeof secret === 'string' && PLACEHOLDER.test(secret)) return 'is a placeholder that anybody can guess'
  if (bytes.length < MIN_SECRET_BYTES) return `has ${bytes.length} bytes and needs ${MIN_SECRET_BYTES}`
  if (new Set(bytes).size < MIN_DISTINCT_BYTES) return 'repeats a few characters'
  return undefined
}

/** 32 random hexadecimal digits have fewer distinct ones about once in ten million times. */
const MIN_DISTINCT_BYTES = 8

/** What stands in `.env.example` files and tutorials, the command that makes a secret included. */
const PLACEHOLDER =
  /change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)|your[-_ ]?(?:[a-z0-9]+[-_ ])*(?:secret|key)|(?:secret|key)[-_ ]?(?:here|goes)|super[-_ ]?secret|example|placeholder|openssl|npx auth|insecure|not[-_ ]?(?:so[-_ ]?)?secret|keyboard[-_ ]?cat|password|^x+$/i
