/** What the page of the client's benchmark can be asked for, as `window.bench`. */
export interface ClientBench {
  /**
   * Shows a room of so many messages, with `ChatRoom` or without, and loads all of them, page by page. How many are
   * loaded.
   */
  load(count: number, withList: boolean): Promise<number>
  /** So many events a second, each in a frame of its own. */
  stream(perSecond: number, seconds: number): Promise<Told>
  /** So many events in one frame. */
  burst(count: number): Promise<Told>
}

export interface Told {
  events: number
  /** From the first one until the last is on the screen. */
  ms: number
  /** Of a component that uses the hook. */
  renders: number
}
