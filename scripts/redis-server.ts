/** Where the Redis of the tests is. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of a redis-server that is here, or undefined. REDIS_SERVER_PATH, when set, is the only place looked at. */
export function findRedisServer(): string | undefined {
  const chosen = process.env.REDIS_SERVER_PATH
  if (chosen) return existsSync(chosen) ? chosen : undefined
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path))
}
