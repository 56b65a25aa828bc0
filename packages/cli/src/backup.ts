/** `parlor backup COPY`: a checked copy of the database, also while the service runs. */
import { backUpDatabase } from '@parlor/server/backup'
import { withDatabase } from './database-file.ts'

export function backup(args: string[]): void {
  withDatabase('backup', args, (path, copy) => {
    backUpDatabase(path, copy)
    console.log(`Backed up ${path} to ${copy}, and checked it.`)
  })
}
