/** The thread that writes: one batch of operations after the other. */

import type { Request } from '../operations/outcome.ts'
import { BatchWriter } from './batch-writer.ts'
import { openForWriting } from './database.ts'
import { migrate } from './migrations.ts'
import { serveThread } from './thread.ts'

serveThread(({ path, startId, busyTimeoutMs }) => {
  const database = openForWriting(path, busyTimeoutMs)
  migrate(database, path, Date.now())
  const writer = new BatchWriter(database, startId)
  return { answer: (requests) => writer.write(requests as Request[]), close: () => database.close() }
})
