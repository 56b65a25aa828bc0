/** HeadReader asks the store for the heads of rooms, for everybody who asks in the same moment with one statement. */
import type { RoomHead, RoomStore } from '../store/rooms.ts'

export class HeadReader {
  readonly #store: Pick<RoomStore, 'readHeads'>
  /** Asked for by the next statement. */
  #next: Batch | undefined
  #isReading = false

  constructor(store: Pick<RoomStore, 'readHeads'>) {
    this.#store = store
  }

  /** The room's head, by a read that began after this call; undefined for a room that isn't there. */
  async read(roomId: string): Promise<RoomHead | undefined> {
    this.#next ??= { roomIds: new Set(), heads: Promise.withResolvers() }
    const { roomIds, heads } = this.#next
    roomIds.add(roomId)
    if (!this.#isReading) void this.#run()
    return (await heads.promise).get(roomId)
  }

  async #run(): Promise<void> {
    this.#isReading = true
    // Whoever comes in this turn comes along.
    await Promise.resolve()
    while (this.#next) {
      const { roomIds, heads } = this.#next
      this.#next = undefined
      await this.#store.readHeads([...roomIds]).then(heads.resolve, heads.reject)
    }
    this.#isReading = false
  }
}

// --- types ---

interface Batch {
  roomIds: Set<string>
  heads: PromiseWithResolvers<Map<string, RoomHead>>
}
