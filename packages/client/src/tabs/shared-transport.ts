/**
 * SharedTransport: one connection for all tabs of a person in a browser. Whoever holds the lock of the connection leads: it
 * has the real socket, and relays. The others follow it over channels. A follower waits for the lock too: that is how it
 * learns that its leader is gone, however it went. Then its socket ends, its client comes back, and one of them leads.
 */
import type { Clock } from '../clock.ts'
import type { Runtime } from '../runtime.ts'
import type { Transport, TransportHandlers, TransportSocket } from '../transport.ts'
import type { Channels } from './channels.ts'
import { createLeader, type Leader } from './leader.ts'
import type { HeldLock, Locks } from './locks.ts'
import {
  type Echo,
  type FromFollower,
  linkNameOf,
  type Notice,
  readFromLeader,
  readNotice,
  scopeNameOf,
} from './tab-messages.ts'

/** A leader that hasn't answered by then stands still. A socket of one's own is what one would have without sharing. */
export const ANSWER_MS = 2_000

/** What a client is told whose leader is gone: come back at once. */
const HANDED_OVER = '[{"type":"connection.draining","reconnectAfterMs":0}]'
const GOING_AWAY = 1001
const ABNORMAL_CLOSE = 1006

/**
 * Who is known gets the connection that their tabs share; everybody else, and whoever is where there are no locks and
 * channels, a socket of `transport` itself.
 */
export function createSharedTransport(runtime: Surroundings, transport: Transport): Transport {
  let wasRefused = false
  return {
    open(url, subprotocol, handlers, who) {
      const { clock, locks, channels, newId } = runtime
      // What a page may not open is for the transport itself to report, from inside `open`.
      if (who === undefined || !locks || !channels || wasRefused) {
        wasRefused = false
        return transport.open(url, subprotocol, handlers, who)
      }
      const scope = scopeNameOf(url, who)
      const onRefused = (): void => {
        wasRefused = true
      }
      try {
        return openShared({ clock, transport, locks, channels, newId, url, subprotocol, scope, onRefused }, handlers)
      } catch {
        // A browser that keeps nothing for this page may refuse it channels too.
        return transport.open(url, subprotocol, handlers, who)
      }
    },
  }
}

function openShared(deps: OpenDeps, handlers: TransportHandlers): TransportSocket {
  const { clock, locks, channels, scope } = deps
  const id = deps.newId()
  const linkName = linkNameOf(scope, id)
  const stopWaiting = new AbortController()
  let state: State = { kind: 'asking' }
  /** Held for as long as a leader should count this tab in. */
  let presence: HeldLock | undefined

  const say = (notice: Notice): void => scopeChannel.post(notice)
  const scopeChannel = channels.open(scope, (message) => {
    const notice = readNotice(message)
    if (!notice) return
    if (state.kind === 'leading') state.leader.receive(notice)
    else if (state.kind === 'asking' && notice.kind === 'leads' && presence) say({ kind: 'joins', id })
  })
  const link = channels.open(linkName, (message) => {
    const said = readFromLeader(message)
    if (!said) return
    if (state.kind === 'asking' && said.kind === 'accepted') {
      stopTimer()
      state = { kind: 'following' }
    }
    if (state.kind !== 'following') return
    if (said.kind === 'opened') handlers.opened()
    else if (said.kind === 'frame') handlers.message(said.text)
    else if (said.kind === 'closed') end(said.code, said.reason)
    else if (said.kind === 'gone') {
      handlers.message(HANDED_OVER)
      end(GOING_AWAY, '')
    }
  })

  /** Not a follower any more, nor about to be one. */
  const stopFollowing = (): void => {
    stopTimer()
    stopWaiting.abort()
    presence?.release()
    presence = undefined
    link.close()
  }
  const leave = (): void => {
    state = { kind: 'over' }
    stopFollowing()
    scopeChannel.close()
  }
  const end = (code: number, reason: string): void => {
    leave()
    handlers.closed(code, reason)
  }
  /** The page may not open this socket: its client hears of an end now, and why when it tries again. */
  const refuse = (): void => {
    deps.onRefused()
    end(ABNORMAL_CLOSE, '')
  }

  const lead = (lock: HeldLock): void => {
    if (state.kind === 'following') {
      const echo = channels.open(linkName, () => {})
      echo.post({ kind: 'gone' } satisfies Echo)
      echo.close()
    }
    if (state.kind !== 'asking') {
      lock.release()
      return
    }
    stopFollowing()
    const onOver = (): void => {
      state = { kind: 'over' }
      scopeChannel.close()
      lock.release()
    }
    try {
      state = { kind: 'leading', leader: createLeader({ ...deps, onOver }, handlers) }
      say({ kind: 'leads' })
    } catch {
      lock.release()
      refuse()
    }
  }
  const goAlone = (): void => {
    if (state.kind !== 'asking') return
    say({ kind: 'leaves', id })
    stopFollowing()
    try {
      state = { kind: 'alone', socket: deps.transport.open(deps.url, deps.subprotocol, handlers) }
      scopeChannel.close()
    } catch {
      refuse()
    }
  }
  const ask = async (): Promise<void> => {
    try {
      const taken = await locks.request(linkName, stopWaiting.signal)
      if (state.kind !== 'asking') taken.release()
      else {
        presence = taken
        say({ kind: 'joins', id })
      }
    } catch {
      goAlone()
    }
  }

  const stopTimer = clock.after(ANSWER_MS, goAlone)
  locks.request(scope, stopWaiting.signal).then(lead, goAlone)
  void ask()

  return {
    send(text) {
      if (state.kind === 'leading') state.leader.own.send(text)
      else if (state.kind === 'following') link.post({ kind: 'frame', text } satisfies FromFollower)
      else if (state.kind === 'alone') state.socket.send(text)
    },
    close(code, reason) {
      if (state.kind === 'leading') state.leader.own.close(code, reason)
      else if (state.kind === 'alone') state.socket.close(code, reason)
      else if (state.kind !== 'over') {
        if (state.kind === 'following') link.post({ kind: 'close', code, reason } satisfies FromFollower)
        else say({ kind: 'leaves', id })
        // At once: what a page holds as it goes keeps it out of the back/forward cache.
        leave()
        void Promise.resolve().then(() => handlers.closed(code, reason))
      }
    },
  }
}

// --- types ---

export type Surroundings = Pick<Runtime, 'clock' | 'locks' | 'channels' | 'newId'>

interface OpenDeps {
  clock: Clock
  /** The one that really opens sockets. */
  transport: Transport
  locks: Locks
  channels: Channels
  newId: () => string
  url: string
  subprotocol: string
  scope: string
  onRefused(): void
}

type State =
  /** For a leader, and for the lock, whichever comes first. */
  | { kind: 'asking' }
  | { kind: 'following' }
  | { kind: 'leading'; leader: Leader }
  /** With a socket of its own: nobody answered, or the browser refuses locks. */
  | { kind: 'alone'; socket: TransportSocket }
  | { kind: 'over' }
