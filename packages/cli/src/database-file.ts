/** The database that a command works on, and the copy that it was given. */
import { ConfigError, readDatabaseFile, StoreError } from '@parlor/server'
import { CommandError } from './command-error.ts'
import { readEnv } from './env-files.ts'

/** Calls `work` with the file that `parlor start` would use here; whatever the person can mend is one line. */
export function withDatabase(command: string, args: string[], work: (path: string, copy: string) => void): void {
  const [copy, ...more] = args
  if (!copy || copy.startsWith('-') || more.length > 0) {
    throw new CommandError(`parlor: ${command} takes the name of the copy: parlor ${command} copy.db`)
  }
  try {
    work(readDatabaseFile(readEnv(process.env, process.cwd())), copy)
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StoreError) throw new CommandError(`parlor: ${error.message}`)
    const { code, message } = error as NodeJS.ErrnoException
    // A folder that isn't there, rights, a full disk: the system's own words name the file.
    if (code?.startsWith('E') && !code.startsWith('ERR_')) throw new CommandError(`parlor: ${message}`)
    throw error
  }
}
