/** Leader: the tab that has the connection. Its own client and its followers' are all tabs of one relay. */
import type { TransportHandlers, TransportSocket } from '../transport.ts'
import type { Channels } from './channels.ts'
import type { Locks } from './locks.ts'
import { createRelay, type RelayDeps } from './relay.ts'
import { type FromLeader, linkNameOf, type Notice, readFromFollower } from './tab-messages.ts'

export interface Leader {
  /** The socket of the leader's own client. Closing it hands over. */
  own: TransportSocket
  /** What is said on the scope's channel. */
  receive(notice: Notice): void
}

/** Throws if the page may not open the socket. */
export function createLeader(deps: LeaderDeps, handlers: TransportHandlers): Leader {
  const { locks, channels, scope } = deps
  /** By the id of each follower: how it is dropped. */
  const followers = new Map<string, () => void>()
  const relay = createRelay(deps)
  const own = relay.join(handlers)

  const accept = (id: string): void => {
    const name = linkNameOf(scope, id)
    const stopWatching = new AbortController()
    const link = channels.open(name, (message) => {
      const said = readFromFollower(message)
      if (said?.kind === 'frame') socket.send(said.text)
      else if (said?.kind === 'close') socket.close(said.code, said.reason)
    })
    const post = (said: FromLeader): void => link.post(said)
    const socket = relay.join({
      opened: () => post({ kind: 'opened' }),
      message: (text) => post({ kind: 'frame', text }),
      closed(code, reason) {
        followers.delete(id)
        stopWatching.abort()
        post({ kind: 'closed', code, reason })
        link.close()
      },
    })
    followers.set(id, () => socket.close(NORMAL_CLOSE, ''))
    post({ kind: 'accepted' })
    // The follower holds this lock: whoever else gets it learns that the follower is gone.
    locks.request(name, stopWatching.signal).then(
      (lock) => {
        lock.release()
        followers.get(id)?.()
      },
      () => {},
    )
  }

  return {
    own: { send: own.send, close: relay.end },
    receive(notice) {
      if (notice.kind === 'joins' && !followers.has(notice.id)) accept(notice.id)
      else if (notice.kind === 'leaves') followers.get(notice.id)?.()
    },
  }
}

const NORMAL_CLOSE = 1000

// --- types ---

export interface LeaderDeps extends RelayDeps {
  locks: Locks
  channels: Channels
  scope: string
}
