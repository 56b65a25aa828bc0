/** A port of this machine for a server that is about to start. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port that nobody listens on, outside the range from which systems take the ports of outgoing connections (32768 and
 * up on Linux, 49152 and up elsewhere): one of those may be taken by any connection before the server listens.
 */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    const server = createServer()
    const listening = once(server, 'listening').then(
      () => true,
      () => false,
    )
    server.listen(port, '127.0.0.1')
    if (!(await listening)) continue
    server.close()
    await once(server, 'close')
    return port
  }
  throw new Error(`no free port from ${FIRST} to ${FIRST + COUNT - 1}`)
}

const FIRST = 20_000
const COUNT = 12_000
