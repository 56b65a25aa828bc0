/** DeviceStorage: what outlives a page on its device: records under keys, changed in transactions. */

export interface DeviceStorage {
  /**
   * Runs `work` in one transaction over all records. Transactions take turns, over all pages of the device. Fulfilled when
   * everything that `work` wrote will survive a crash of the page and of the browser; rejected when nothing of it was
   * written. A page that goes in the middle leaves all of it or nothing.
   *
   * `work` may await its records and nothing else: a transaction ends as soon as nothing of it is asked.
   */
  transact<T>(work: (records: Records) => Promise<T>): Promise<T>
}

/** A record's place: the first part says what kind it is, the others whose. */
export type Key = readonly string[]

/** The records inside one transaction. */
export interface Records {
  /** The record with exactly this key; undefined without one. */
  get(key: Key): Promise<unknown>
  /** The keys and records that begin with these parts, in the order of their keys. */
  list(prefix: Key): Promise<readonly (readonly [Key, unknown])[]>
  /** Takes what `structuredClone` takes, and keeps a copy. */
  put(key: Key, record: unknown): Promise<void>
  /** Deletes the record with this key, and everything that begins with these parts; everything there is for []. */
  delete(prefix: Key): Promise<void>
}
