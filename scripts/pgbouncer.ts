/** Where the PgBouncer of the tests is. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of a pgbouncer that is here, or undefined. Debian puts it where only root looks. */
export function findPgBouncer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(Boolean)
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path))
}
