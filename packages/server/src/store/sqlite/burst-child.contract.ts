/** A process that writes as fast as it can and tells of every ack, until somebody kills it. */
import { writeSync } from 'node:fs'
import { uuidv7 } from '@parlor/protocol'
import { createSqliteStore } from './sqlite-store.ts'

const [, , path = ''] = process.argv
const store = await createSqliteStore({ path, timeoutMs: 60_000 })

await Promise.all(
  Array.from({ length: 20 }, async (_, i) => {
    const user = { id: `user-${i}`, name: null, picture: null }
    for (;;) {
      const messageId = uuidv7()
      const draft = { actor: { user }, roomId: `room-${i % 3}`, isOpen: true, messageId, text: `from ${i}` }
      const { result } = await store.sendMessage({ ...draft, hash: messageId, attempt: 1 })
      // Synchronous: what was told is in the pipe before this process can die.
      writeSync(1, `${draft.roomId} ${result.seq} ${result.id}\n`)
    }
  }),
)
