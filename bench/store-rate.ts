/** StoreRate measures how many messages a second a PostgreSQL store takes durably, without sockets. */
import { uuidv7 } from '@parlor/protocol'
import { createPostgresStore } from '../packages/server/src/store/postgres/postgres-store.ts'

/** `underWay`: messages that wait for their commit at any time, spread over the rooms. */
export async function measureStore(url: string, load: StoreLoad): Promise<{ perSecond: number; p99: number }> {
  const { rooms, underWay, measureMs } = load
  const store = await createPostgresStore({ url })
  const send = (at: number) => {
    const [messageId, id] = [uuidv7(), `user-${at}`]
    const actor = { user: { id, name: id, picture: null } }
    const common = { isOpen: true, text: TEXT, hash: HASH, attempt: 1 }
    return store.sendMessage({ actor, roomId: `bench-${at % rooms}`, messageId, ...common })
  }
  try {
    for (let room = 0; room < rooms; room++) await send(room)
    const latencies: number[] = []
    const from = performance.now() + WARM_MS
    const until = from + measureMs
    const sender = async (at: number) => {
      for (let now = performance.now(); now < until; ) {
        await send(at)
        const answeredAt = performance.now()
        if (now >= from) latencies.push(answeredAt - now)
        now = answeredAt
      }
    }
    await Promise.all(Array.from({ length: underWay }, (_, at) => sender(at)))
    const p99 = latencies.sort((one, other) => one - other)[Math.floor(latencies.length * 0.99)] ?? Number.NaN
    return { perSecond: latencies.length / (measureMs / 1_000), p99 }
  } finally {
    await store.close()
  }
}

const WARM_MS = 2_000
const TEXT = 'x'.repeat(120)
/** As long as a real one. */
const HASH = 'h'.repeat(43)

// --- types ---

interface StoreLoad {
  rooms: number
  underWay: number
  measureMs: number
}
