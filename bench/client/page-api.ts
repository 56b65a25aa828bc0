/** What the page of the client's benchmark can be asked for, as `window.bench`. */
export interface ClientBench {
  /**
   * Shows a room of so many messages, with `ChatRoom` or without, and loads all of them, page by page. How many are
   * loaded.
   */
  load(count: number, withList: boolean): Promise<number>
  /** Makes so many events, so many in a frame, for the next `tell`. */
  prepare(count: number, perFrame: number): Promise<void>
  /** Tells them, so many frames a second. */
  tell(framesPerSecond: number): Promise<Told>
}

export interface Told {
  /** From the first frame until the last is on the screen. */
  ms: number
  /** Of a component that uses the hook. */
  renders: number
}
