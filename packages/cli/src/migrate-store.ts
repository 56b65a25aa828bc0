/** `parlor migrate-store`: moves what a SQLite database holds into PostgreSQL, in two runs: before and after the service stops. */
import { parseArgs } from 'node:util'
import { readDatabaseFile, StoreError } from '@parlor/server'
import { type Counts, migrateStore } from '@parlor/server/migrate-store'
import { CommandError } from './command-error.ts'

export async function migrateStoreCommand(args: string[]): Promise<void> {
  const { from, to } = readOptions(args)
  try {
    const startedAt = performance.now()
    let toldAt = startedAt
    const { isFinal, copied, compared } = await migrateStore({
      from,
      to,
      onProgress({ doing, ...counts }) {
        if (performance.now() - toldAt < TELL_MS) return
        toldAt = performance.now()
        console.log(`${doing}: ${describe(counts)} so far`)
      },
    })
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(`Copied ${describe(copied)} from ${from} in ${seconds} s.`)
    if (isFinal && compared) {
      console.log(`Compared ${describe(compared)}: nothing differs.`)
      console.log('Now start the service with PARLOR_DATABASE_URL set to the PostgreSQL address.')
    } else {
      console.log(
        `A service is running on ${from}. Run this again until little is left to copy; then stop the service,`,
      )
      console.log(
        'run it once more, which copies the rest and compares everything, and start the service on PostgreSQL.',
      )
    }
  } catch (error) {
    if (error instanceof StoreError) throw new CommandError(`parlor: ${error.message}`)
    const { code, message } = error as { code?: unknown; message?: string }
    // PostgreSQL and the network name what happened by a code; a bug of ours has none.
    const isLost = typeof code === 'string' || /^Connection terminated/.test(message ?? '')
    if (isLost) throw new CommandError(`parlor: the copy was cut off (${message}); run it again, and it goes on`)
    throw error
  }
}

function readOptions(args: string[]): { from: string; to: string } {
  try {
    const { from, to } = parseArgs({ args, options: { from: { type: 'string' }, to: { type: 'string' } } }).values
    if (to && /^postgres(ql)?:\/\/./.test(to) && URL.canParse(to))
      return { from: readDatabaseFile({ PARLOR_DATABASE_URL: from }), to }
  } catch {
    // An option that nobody knows, or no file.
  }
  throw new CommandError(
    'parlor: migrate-store takes two databases: parlor migrate-store --from file:./parlor.db --to postgres://USER:PASSWORD@HOST/DATABASE',
  )
}

function describe({ rooms, members, messages }: Counts): string {
  const count = (of: number, name: string) => `${of} ${name}${of === 1 ? '' : 's'}`
  return [count(rooms, 'room'), count(members, 'member'), count(messages, 'message')].join(', ')
}

const TELL_MS = 2_000
