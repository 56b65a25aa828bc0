/** A folder for the databases of one test file, gone after it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Gives the path of a database that isn't there yet. */
export function tempDatabases(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-store-'))
  let count = 0
  afterAll(() => rmSync(folder, { recursive: true }))
  return () => join(folder, `${++count}.db`)
}
