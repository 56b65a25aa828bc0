/** TokenVerifier: one kind of token, read with one derived key and one pinned set of algorithms. */
import type { Identity } from './identity.ts'

export interface TokenVerifier {
  /**
   * Who the token names. It is called only with tokens of the verifier's own shape, at most `MAX_TOKEN_CHARS` long.
   *
   * @throws ChatError, and nothing else, with the code of the first thing that is wrong with the token
   */
  verify(token: string): Promise<Identity>
}
