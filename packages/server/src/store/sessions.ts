/** What the store remembers of signed-out sessions. */

export interface SessionStore {
  /** Remembers that this sign-in is over, until no token of it can be valid any more (ms since 1970). */
  revokeSession(sid: string, until: number): Promise<void>

  /**
   * Sign-ins revoked and not yet forgotten: read at start, and now and then by every node for what others revoked. With
   * `after`, only those that are remembered until later than that (ms since 1970): the newer ones, where all are remembered
   * for the same time.
   */
  listRevokedSessions(after?: number): Promise<string[]>
}
