/** The thread that reads, on a connection of its own: a long read never holds up a commit, nor a commit a read. */

import type { Request } from '../operations/outcome.ts'
import { openForReading } from './database.ts'
import { SnapshotReader } from './snapshot-reader.ts'
import { serveThread } from './thread.ts'

serveThread(({ path, startId, busyTimeoutMs }) => {
  const database = openForReading(path, busyTimeoutMs)
  const reader = new SnapshotReader(database, startId)
  return { answer: (request) => reader.read(request as Request), close: () => database.close() }
})
