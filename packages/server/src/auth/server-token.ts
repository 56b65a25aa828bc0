/** ServerTokenVerifier reads the token with which the app's server calls the HTTP API. */
import { SERVER_TOKEN_LIFE, SERVER_TOKEN_TYPE } from '@parlor/protocol'
import { verifyOwnToken } from './chat-token.ts'

/** Its `typ` differs from a chat token's and is signed, so that neither passes for the other, though the key is the same. */
export class ServerTokenVerifier {
  readonly #keys: readonly Uint8Array[]
  readonly #now: () => number

  constructor(keys: readonly Uint8Array[], now: () => number) {
    this.#keys = keys
    this.#now = now
  }

  /** @throws ChatError */
  async verify(token: string): Promise<void> {
    await verifyOwnToken(token, this.#keys, SERVER_TOKEN_TYPE, SERVER_TOKEN_LIFE, this.#now())
  }
}
