/** ServerTokenVerifier reads the token with which the app's server calls the HTTP API. */
import type { KeyObject } from 'node:crypto'
import { SERVER_TOKEN_LIFE, SERVER_TOKEN_TYPE } from '@parlor/protocol'
import { readOwnKeys, verifyOwnToken } from './own-token.ts'

/** Its `typ` differs from a chat token's and is signed, so that neither passes for the other, though the key is the same. */
export class ServerTokenVerifier {
  readonly #keys: readonly KeyObject[]
  readonly #now: () => number

  constructor(keys: readonly Uint8Array[], now: () => number) {
    this.#keys = readOwnKeys(keys)
    this.#now = now
  }

  /** @throws ChatError */
  async verify(token: string): Promise<void> {
    const expected = { typ: SERVER_TOKEN_TYPE, maxAge: SERVER_TOKEN_LIFE, nowMs: this.#now() }
    verifyOwnToken(token, this.#keys, expected)
  }
}
