/** A thread that answers, until it is asked to crash or to end. With a database, it dies in the middle of a transaction. */
import { openForWriting } from './database.ts'
import { serveThread } from './thread.ts'

serveThread(({ path }) => {
  if (path === 'unopenable') throw new Error('no such thing')
  const database = path.endsWith('.db') ? openForWriting(path, 0) : undefined
  database?.exec('CREATE TABLE IF NOT EXISTS rows (n INTEGER)')
  return {
    answer: (request) => {
      if (request === 'count') return database?.prepare('SELECT count(*) AS n FROM rows').get()?.n
      database?.exec('BEGIN IMMEDIATE; INSERT INTO rows VALUES (1)')
      if (request === 'crash') throw new Error('crashed as asked')
      if (request === 'end') process.exit(3)
      database?.exec('COMMIT')
      return `${request} in ${path}`
    },
    close: () => database?.close(),
  }
})
