/** `parlor restore COPY`: puts a copy in the place of the database of a stopped service. */
import { restoreDatabase } from '@parlor/server/backup'
import { withDatabase } from './database-file.ts'

export function restore(args: string[]): void {
  withDatabase('restore', args, (path, copy) => {
    const kept = restoreDatabase(copy, path, Date.now())
    console.log(`Checked ${copy}, and put it in the place of ${path}.`)
    if (kept) console.log(`What was there is kept as ${kept}: delete it when you don't need it.`)
    console.log('Start the service again: clients notice by themselves.')
  })
}
