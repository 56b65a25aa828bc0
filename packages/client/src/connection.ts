/** Connection: from `idle` to `live` and back again: tokens, sockets, backoff, and what each ending asks for. */
import { closeAction, type HelloCommand, type User, type Welcome } from '@parlor/protocol'
import type { Address } from './address.ts'
import { createBackoff } from './backoff.ts'
import { findRefusal } from './check.ts'
import { readClaims } from './claims.ts'
import type { Cancel } from './clock.ts'
import { errorOfClose } from './close-error.ts'
import type { Signal } from './environment.ts'
import { ChatError } from './errors.ts'
import type { Link } from './patience.ts'
import { createRenewal } from './renewal.ts'
import type { Runtime } from './runtime.ts'
import { type Item, openSocket, type Socket, type SocketEnd, type SocketEvents } from './socket.ts'
import type { TokenSource } from './token.ts'
import type { ConnectionSnapshot, ConnectionStatus } from './types.ts'

export interface Connection extends Link {
  getSnapshot(): ConnectionSnapshot
  /** What the service allows; undefined before the first welcome. */
  limits(): Welcome['limits'] | undefined
  /** Whether the service knows typing and presence. */
  knowsSignals(): boolean
  connect(): void
  disconnect(): void
  retry(): void
  /** A room that `hello` named has been answered for; the last one makes the connection live. */
  answered(roomId: string): void
  signal(signal: Signal): void
}

/** A connection that lasted this long was a good one: backoff starts anew. */
const STABLE_MS = 5_000

/** The check after a refused upgrade: at once, then only now and then, because an outage has the same look. */
const CHECK_EVERY = 4

const CLIENT_NAME = '@parlor/client/0.1.0'

export function createConnection(deps: ConnectionDeps): Connection {
  const { runtime, token, address, userId } = deps
  const { clock } = runtime
  const backoff = createBackoff(runtime.random)
  let snapshot: ConnectionSnapshot = { status: 'idle', error: null, user: null, retryAt: null }
  let limits: Welcome['limits'] | undefined
  let protocol = 1
  let isWanted = false
  let isSuspended = false
  let socket: Socket | undefined
  let stopTimer: Cancel | undefined
  let stopStable: Cancel | undefined
  /** Counts tries: a token or a check that arrives late belongs to none. */
  let tries = 0
  let refusals = 0
  let drainMs: number | undefined
  let lastPush: ChatError | undefined
  let unanswered = new Set<string>()

  const set = (status: ConnectionStatus, more: Partial<ConnectionSnapshot> = {}): void => {
    const next = { ...snapshot, retryAt: null, ...more, status }
    const keys = ['status', 'error', 'user', 'retryAt'] as const
    if (keys.every((key) => next[key] === snapshot[key])) return
    snapshot = next
    deps.onChange()
  }

  const stop = (): void => {
    tries += 1
    stopTimer?.()
    stopStable?.()
    renewal.stop()
    const old = socket
    socket = undefined
    if (!old) return
    const wasUp = old.isUp
    old.close()
    if (wasUp) deps.onDown()
  }
  const deny = (error: ChatError): void => {
    stop()
    token.invalidate()
    set('denied', { error })
    deps.onDenied(error)
  }
  const tryLater = (error: ChatError, waitMs: number, status: 'offline' | 'expired' = 'offline'): void => {
    stopTimer?.()
    stopTimer = clock.after(waitMs, () => void tryNow())
    set(status, { error, retryAt: clock.now() + waitMs })
  }
  /** The token was refused for its time: a new one helps, unless a clock is wrong. It may be set right in a moment. */
  const refresh = (error: ChatError): void => {
    refusals += 1
    token.invalidate()
    if (refusals > MAX_REFUSALS) deny(new ChatError('expired', { hint: EXPIRED_AGAIN, cause: error }))
    else if (refusals > 1) tryLater(error, backoff.next(), 'expired')
    else {
      set('expired', { error })
      void tryNow()
    }
  }

  const tryNow = async (): Promise<void> => {
    stop()
    drainMs = undefined
    lastPush = undefined
    const mine = tries
    if (snapshot.status !== 'expired') set('connecting')
    let fetched: string | undefined
    try {
      fetched = await token.get()
    } catch (cause) {
      if (mine !== tries) return
      const error = cause instanceof ChatError ? cause : new ChatError('token_route_failed', { cause })
      if (!error.retryable) deny(error)
      else tryLater(error, backoff.next(), snapshot.status === 'expired' ? 'expired' : 'offline')
      return
    }
    const prepared = mine === tries ? deps.prepare(fetched) : undefined
    if (prepared) await prepared
    if (mine === tries) open(fetched)
  }

  const open = (fetched: string | undefined): void => {
    set('connecting')
    const hello = (): HelloCommand => {
      const rooms = deps.helloRooms().slice(0, limits?.roomsPerConnection ?? ROOMS_PER_HELLO)
      unanswered = new Set(rooms.map(({ roomId }) => roomId))
      return {
        type: 'hello',
        client: CLIENT_NAME,
        ...(fetched !== undefined && { token: fetched }),
        ...(rooms.length > 0 && { rooms }),
      }
    }
    const events: SocketEvents = {
      welcomed,
      refused(error) {
        if (error.action === 'refresh') refresh(error)
        else if (!error.retryable) deny(error)
        else {
          stop()
          tryLater(error, Math.max(error.retryAfterMs ?? 0, backoff.next()))
        }
      },
      frame: (read) => deps.onFrame(() => read(receive)),
      ended(end) {
        socket = undefined
        stop()
        deps.onDown()
        ended(end)
      },
    }
    try {
      const who = identify(userId, fetched)
      socket = openSocket(runtime, { url: address.socketUrl(), who, hello }, events)
    } catch (cause) {
      deny(cause instanceof ChatError ? cause : new ChatError('address_refused', { cause }))
    }
  }

  const welcomed = (welcome: Welcome): void => {
    const user = isSameUser(snapshot.user, welcome.user) ? snapshot.user : welcome.user
    if (typeof userId === 'string' && userId !== user.id) {
      deny(new ChatError('user_changed', { hint: `The page shows ${userId}, the token names ${user.id}.` }))
      return
    }
    const isOther = snapshot.user !== null && snapshot.user.id !== user.id
    limits = welcome.limits
    protocol = welcome.protocol
    stopStable = clock.after(STABLE_MS, () => {
      backoff.reset()
      refusals = 0
    })
    renewal.start(welcome.expiresAt, welcome.serverTime)
    const named = new Set(isOther ? [] : unanswered)
    unanswered = new Set(named)
    set(unanswered.size > 0 ? 'catching-up' : 'live', { error: null, user })
    deps.onUp({ named, user })
  }

  const receive = (item: Item): void => {
    if (item.type === 'error') lastPush = ChatError.fromWire(item.error)
    else if (item.type === 'connection.draining') drainMs = item.reconnectAfterMs
    else if ('roomId' in item) deps.onItem(item)
  }

  const ended = ({ code, reason, wasOpened }: SocketEnd): void => {
    const action = closeAction(code)
    const error = lastPush ?? errorOfClose(code, reason, wasOpened)
    if (action === 'final') deny(error)
    else if (action === 'refresh') refresh(error)
    else reconnect(error, action === 'wait' ? lastPush?.retryAfterMs : drainMs, wasOpened)
  }
  const reconnect = (error: ChatError, askedMs: number | undefined, wasOpened: boolean): void => {
    // Asked to come back at once, as when another tab takes over: without a timer, for which a hidden page waits long.
    if (askedMs === 0) {
      void tryNow()
      return
    }
    const failures = backoff.failures
    const mine = tries
    tryLater(error, askedMs ?? backoff.next())
    if (wasOpened || failures % CHECK_EVERY !== 0) return
    void findRefusal(address.checkUrl(), runtime).then((refusal) => {
      if (!refusal || mine !== tries) return
      if (refusal.retryable) set('offline', { error: refusal, retryAt: snapshot.retryAt })
      else deny(refusal)
    })
  }

  const link: Link = {
    isUp: () => socket?.isUp ?? false,
    ask(command, answer, timeoutMs) {
      if (socket?.isUp) socket.ask(command, answer, timeoutMs)
      else answer.error(snapshot.error ?? new ChatError('offline'))
    },
    denial: () => (snapshot.status === 'denied' ? snapshot.error : null),
  }
  const renewal = createRenewal({ clock, random: runtime.random, token, ask: link.ask, onDenied: deny })

  return {
    ...link,
    getSnapshot: () => snapshot,
    limits: () => limits,
    knowsSignals: () => protocol >= SIGNALS_SINCE,
    connect() {
      if (isWanted || userId === null) return
      isWanted = true
      void tryNow()
    },
    disconnect() {
      if (!isWanted) return
      isWanted = false
      isSuspended = false
      stop()
      set('idle', { error: null })
    },
    retry() {
      if (!isWanted || snapshot.status === 'live' || snapshot.status === 'catching-up') return
      refusals = 0
      if (snapshot.status === 'denied') set('connecting', { error: null })
      void tryNow()
    },
    answered(roomId) {
      if (!unanswered.delete(roomId)) return
      if (unanswered.size === 0 && snapshot.status === 'catching-up') set('live')
    },
    signal(signal) {
      if (!isWanted || snapshot.status === 'denied') return
      if (signal === 'suspend') {
        isSuspended = true
        stop()
        set('offline', { error: null })
      } else if (isSuspended && signal !== 'offline') {
        isSuspended = false
        void tryNow()
      } else if (socket?.isUp) socket.probe()
      // Waiting, or stuck in a try that began on another network: a new one at once.
      else if (signal !== 'offline' && (signal === 'online' || snapshot.retryAt !== null)) void tryNow()
    },
  }
}

/** A user who is as before stays the same object, so that nothing renders anew after a reconnect. */
function isSameUser(one: User | null, other: User): one is User {
  return one?.id === other.id && one.name === other.name && one.picture === other.picture
}

/** Who is signed in, and with which sign-in, as far as this device can tell; undefined if the app and the token differ. */
function identify(userId: string | null | undefined, token: string | undefined): string | undefined {
  const claims = token === undefined ? undefined : readClaims(token)
  const sub = claims?.sub ?? userId
  if (!sub || (userId && userId !== sub)) return undefined
  return JSON.stringify(claims?.sid === undefined ? [sub] : [sub, claims.sid])
}

/** The version of the protocol that brought signals. */
const SIGNALS_SINCE = 2

/** `welcome.limits.roomsPerConnection` before the service has said it. */
const ROOMS_PER_HELLO = 200

/** New tokens that are refused in a row before it is given up: some 4 s. */
const MAX_REFUSALS = 5

const EXPIRED_AGAIN =
  'New tokens were refused for their time too: check the clocks of the app and the service, and that `getToken` gives a new token each time.'

// --- types ---

export interface ConnectionDeps {
  runtime: Runtime
  token: TokenSource
  address: Address
  userId: string | null | undefined
  /** A token says who is there; the socket waits until what is held of them is in place. */
  prepare(token: string | undefined): Promise<void> | undefined
  helloRooms(): NonNullable<HelloCommand['rooms']>
  onChange(): void
  /** Welcomed. `named`: the rooms that the service will answer for by itself. */
  onUp(up: { named: ReadonlySet<string>; user: User }): void
  onDown(): void
  /** It won't come back by itself. */
  onDenied(error: ChatError): void
  /** A frame is about to be read by calling `read`. */
  onFrame(read: () => void): void
  onItem(item: Extract<Item, { roomId: string }>): void
}
