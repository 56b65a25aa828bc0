/** Makes sure that the tests of many nodes have a redis-server, or says in one line what to install. */
import { canInstallPackages, installPackage } from './apt.ts'
import { findRedisServer } from './redis-server.ts'

const hint = 'Install Redis 7 or newer, or set REDIS_SERVER_PATH to its redis-server, then run this again.'

const found = findRedisServer() ?? install()
if (found) console.log(`Redis: ${found}`)
else process.exitCode = 1

function install(): string | undefined {
  if (process.env.REDIS_SERVER_PATH) {
    console.error(`REDIS_SERVER_PATH=${process.env.REDIS_SERVER_PATH} doesn't exist. ${hint}`)
    return undefined
  }
  if (!canInstallPackages()) {
    console.error(`No redis-server found. ${hint}`)
    return undefined
  }
  console.log('No redis-server found: installing it with `apt-get update` and `apt-get install redis-server`.')
  if (installPackage('redis-server')) return findRedisServer()
  console.error(`apt-get could not install redis-server. ${hint}`)
  return undefined
}
