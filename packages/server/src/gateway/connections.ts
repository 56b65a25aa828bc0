/** Connections holds the sockets of this node: who may come, who is here, who has to go. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { ChatError, encodeItem } from '@parlor/protocol'
import type { Authenticator } from '../auth/authenticate.ts'
import type { Identity } from '../auth/identity.ts'
import { isOriginAllowed, type OriginRule } from '../auth/origin.ts'
import type { Metrics } from '../metrics.ts'
import { RateLimit } from '../token-bucket.ts'
import { Admission } from './admission.ts'
import { hasUntrustedForward, parseTrustProxy, readClientAddress, type TrustProxy } from './client-address.ts'
import { Connection } from './connection.ts'
import type { ConnectionContext } from './connection-context.ts'
import { findUpgradeRefusal, refuseUpgrade, type UpgradeRefusal } from './upgrade.ts'
import { createWebSocketAcceptor, type WebSocketAcceptor } from './websocket.ts'

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #context: ConnectionContext
  readonly #accept: WebSocketAcceptor
  readonly #trust: TrustProxy
  readonly #newPerIp: RateLimit
  readonly #admission: Admission
  readonly #all = new Set<Connection>()
  readonly #unauthenticatedPerIp = new Map<string, number>()
  readonly #perUser = new Map<string, number>()
  #isDraining = false
  #hasWarnedOfForward = false
  #warnedOfCrowdAt = Number.NEGATIVE_INFINITY
  #tickAt: number

  constructor(options: ConnectionsOptions) {
    const { config, clock } = options.context
    this.#options = options
    this.#context = {
      ...options.context,
      admit: (connection, identity) => this.#admit(connection, identity),
      onClosed: (connection, code) => this.#forget(connection, code),
    }
    this.#accept = createWebSocketAcceptor(config)
    this.#trust = parseTrustProxy(config.trustProxy)
    this.#tickAt = clock.now()
    this.#newPerIp = new RateLimit(config.maxNewConnectionsPerIp, config.maxNewConnectionsPerIp * 5, clock.elapsed)
    this.#admission = new Admission({ clock, perSecond: config.arrivalsPerSecond })
    this.#scheduleTick()
  }

  get size(): number {
    return this.#all.size
  }

  /** Bytes that wait for clients to read them; frames that many share count once for each. */
  get queuedBytes(): number {
    let bytes = 0
    for (const connection of this.#all) bytes += connection.queuedBytes
    return bytes
  }

  /** How many a second are let in, and how many had to come back. */
  get arrivals(): Pick<Admission, 'perSecond' | 'turnedAway'> {
    return this.#admission
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Takes over an upgrade request of an HTTP server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { context, origins } = this.#options
    const ip = readClientAddress(request, this.#trust)
    this.#warnOfForward(request)
    const refusal = findUpgradeRefusal(request, { origins, isDraining: this.#isDraining }) ?? this.#findLimit(ip)
    if (refusal) {
      context.log.warn({ status: refusal.status, code: refusal.code, origin: request.headers.origin, ip }, refusal.text)
      this.#refuse(socket, refusal)
      return
    }
    const retryAfterMs = this.#admission.ask()
    if (retryAfterMs > 0) this.#warnOfCrowd()
    if (retryAfterMs > 0 && !this.#admission.canExplain()) {
      this.#refuse(socket, { status: 503, text: CROWDED, retryAfter: Math.ceil(retryAfterMs / 1000) })
      return
    }
    this.#accept(request, socket, head, (webSocket) => {
      const id = crypto.randomUUID()
      const cookieIdentity = retryAfterMs > 0 ? NOBODY : this.#readCookie(request)
      const connection = new Connection(id, ip, webSocket, this.#context, cookieIdentity)
      this.#all.add(connection)
      this.#unauthenticatedPerIp.set(ip, (this.#unauthenticatedPerIp.get(ip) ?? 0) + 1)
      context.log.debug({ connection: id, ip, ...(retryAfterMs > 0 && { retryAfterMs }) }, 'connected')
      if (retryAfterMs > 0) connection.turnAway(new ChatError('rate_limited', { retryAfterMs, hint: CROWDED }))
    })
  }

  /** Asked before every write: when the process was paused, what time decided meanwhile comes first. */
  tickIfLate(): void {
    const now = this.#options.context.clock.now()
    if (now - this.#tickAt > 2 * TICK_MS) this.#tick(now)
  }

  /** Closes the connections of a sign-in. */
  closeSession(sid: string): void {
    for (const connection of this.#all)
      if (connection.identity?.sid === sid) connection.close('revoked', 'session_revoked')
  }

  /**
   * Asks everybody to go, spread over `drainMs`, and takes nobody new. The clients come back to another node, or to this
   * one after its restart, each after a time of its own.
   */
  async drain(drainMs: number): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    const { clock } = this.#options.context
    const connections = [...this.#all]
    const stepMs = Math.min(50, drainMs)
    const steps = stepMs > 0 ? Math.max(1, Math.floor(drainMs / stepMs)) : 1
    const perStep = Math.max(1, Math.ceil(connections.length / steps))
    for (let at = 0; at < connections.length; at += perStep) {
      for (const connection of connections.slice(at, at + perStep)) {
        const reconnectAfterMs = Math.floor(Math.random() * RECONNECT_SPREAD_MS)
        connection.enqueueItem(encodeItem({ type: 'connection.draining', reconnectAfterMs }))
        connection.close('restart', 'draining')
      }
      if (at + perStep < connections.length) await new Promise<void>((resolve) => clock.after(stepMs, resolve))
    }
  }

  /** Closes whoever is left. */
  stop(): void {
    this.#isDraining = true
    for (const connection of this.#all) connection.close('goingAway', 'closing')
    this.#tickAt = Number.POSITIVE_INFINITY
  }

  #refuse(socket: Duplex, refusal: UpgradeRefusal): void {
    this.#options.context.metrics.countRefusal(refusal.status)
    refuseUpgrade(socket, refusal)
  }

  #findLimit(ip: string): UpgradeRefusal | undefined {
    const { config } = this.#options.context
    if (this.#all.size >= config.maxConnections) return { status: 503, text: 'The service is full.', retryAfter: 10 }
    const waiting = this.#unauthenticatedPerIp.get(ip) ?? 0
    const retryAfterMs = waiting >= config.maxUnauthenticatedPerIp ? 1_000 : this.#newPerIp.take(ip)
    if (retryAfterMs === 0) return undefined
    return {
      status: 429,
      text: 'Too many new connections from this address.',
      code: 'too_many_connections',
      retryAfter: Math.ceil(retryAfterMs / 1000),
    }
  }

  #admit(connection: Connection, identity: Identity): void {
    const { config } = this.#options.context
    const count = this.#perUser.get(identity.user.id) ?? 0
    if (count >= config.maxConnectionsPerUser) throw new ChatError('too_many_connections')
    this.#perUser.set(identity.user.id, count + 1)
    decrement(this.#unauthenticatedPerIp, connection.ip)
    connection.countedAs = identity.user.id
  }

  #forget(connection: Connection, code: number): void {
    if (!this.#all.delete(connection)) return
    if (connection.countedAs === undefined) decrement(this.#unauthenticatedPerIp, connection.ip)
    else decrement(this.#perUser, connection.countedAs)
    this.#options.context.log.debug({ connection: connection.id, code }, 'closed')
  }

  #readCookie(request: IncomingMessage): Promise<Identity | undefined> {
    const { auth, origins } = this.#options
    // Every sibling of the app's domain sends the cookie along, so it counts only for a page of an allowed origin.
    if (!isOriginAllowed(request.headers.origin, origins, { cookieSignIn: true })) return Promise.resolve(undefined)
    const identity = auth.authenticateCookie(request.headers.cookie)
    // Whether anybody asks for it is up to `hello`.
    identity.catch(() => {})
    return identity
  }

  #warnOfForward(request: IncomingMessage): void {
    if (this.#hasWarnedOfForward || !hasUntrustedForward(request, this.#trust)) return
    this.#hasWarnedOfForward = true
    this.#options.context.log.warn(
      'X-Forwarded-For arrives and is not believed: behind a proxy, set TRUST_PROXY, or all clients count as one address',
    )
  }

  /** Once for a storm: a line for each of them would be a storm of its own. */
  #warnOfCrowd(): void {
    const { clock, log } = this.#options.context
    const now = clock.elapsed()
    if (now - this.#warnedOfCrowdAt >= CROWD_WARNING_MS)
      log.warn(
        { arrivalsPerSecond: this.#admission.perSecond },
        'more connections arrive than are let in; the others come back',
      )
    this.#warnedOfCrowdAt = now
  }

  #scheduleTick(): void {
    const { clock } = this.#options.context
    clock.after(TICK_MS, () => {
      if (this.#tickAt === Number.POSITIVE_INFINITY) return
      this.#tick(clock.now())
      this.#scheduleTick()
    })
  }

  #tick(now: number): void {
    this.#tickAt = now
    for (const connection of this.#all) connection.tick()
  }
}

/** An expired connection is closed within a second (G8). */
const TICK_MS = 500

/** Clients of a closing node come back over this time. */
const RECONNECT_SPREAD_MS = 2_000

/** Arrivals that are let in for so long end a storm: the next one is told of again. */
const CROWD_WARNING_MS = 10_000

const CROWDED = 'Many connections arrive at this moment; come back a little later.'

const NOBODY = Promise.resolve(undefined)

function decrement(counts: Map<string, number>, key: string): void {
  const count = counts.get(key) ?? 0
  if (count <= 1) counts.delete(key)
  else counts.set(key, count - 1)
}

// --- types ---

export interface ConnectionsOptions {
  context: Omit<ConnectionContext, 'admit' | 'onClosed'> & { metrics: Metrics }
  origins: readonly OriginRule[]
  auth: Authenticator
}
