/** Connection is one socket from its upgrade to its close: a state union, and the only place that closes sockets. */
import {
  ChatError,
  CLOCK_TOLERANCE,
  CLOSE_CODES,
  type CloseName,
  type CommandOf,
  type ErrorPush,
  encodeItem,
  PROTOCOL_VERSION,
  type Push,
  type Reply,
  type ResumePoint,
  type UpFrame,
  type User,
} from '@parlor/protocol'
import { parseUpFrame, peekRef } from '@parlor/protocol/schema'
import type { Identity } from '../auth/identity.ts'
import { closedReasonOf, Overtaken } from '../delivery/closed-reason.ts'
import type { SharedFrame } from '../delivery/frame.ts'
import { Outbound, type OutboundOwner } from '../delivery/outbound.ts'
import type { ConnectedCaller } from '../features/caller.ts'
import { AnswerTurns } from './answer-turns.ts'
import { Conduct } from './conduct.ts'
import type { ConnectionContext, SignedInFrame } from './connection-context.ts'
import { Vitals } from './vitals.ts'
import type { PeerSocket, SocketListener } from './websocket.ts'

export class Connection implements SocketListener, OutboundOwner {
  readonly id: string
  readonly ip: string
  readonly outbound: Outbound
  /** Who signed in, also after the end. */
  user: User | undefined
  /** The user whose connection this counts as; undefined while it counts as its address's. */
  countedAs: string | undefined
  readonly #socket: PeerSocket
  readonly #inflates: boolean
  readonly #context: ConnectionContext
  readonly #conduct: Conduct
  readonly #vitals: Vitals
  readonly #turns: AnswerTurns
  /** What opens the rooms that wait for their turn; made for those who have one. */
  #toOpen: Map<string, Opening> | undefined
  #state: State

  constructor(id: string, ip: string, socket: PeerSocket, context: ConnectionContext, cookieIdentity: CookieIdentity) {
    const now = context.clock.elapsed()
    const { config } = context
    this.id = id
    this.ip = ip
    this.#socket = socket
    this.#inflates = socket.inflates
    this.#context = context
    this.#conduct = new Conduct(config, now)
    this.#vitals = new Vitals(config, now)
    this.#state = { phase: 'new', openedAt: now, cookieIdentity }
    this.outbound = new Outbound({
      socket,
      flusher: context.flusher,
      maxQueuedBytes: config.maxQueuedBytes,
      compressFromBytes: this.#inflates ? config.compressFromBytes : 0,
      owner: this,
    })
    this.#turns = new AnswerTurns(this.outbound)
    socket.listen(this)
  }

  /** Who signed in; undefined before. */
  get identity(): Identity | undefined {
    return this.#state.phase === 'ready' ? this.#state.identity : undefined
  }

  get isClosed(): boolean {
    return this.#state.phase === 'closed'
  }

  /** Bytes that wait for the other end to read. */
  get queuedBytes(): number {
    return this.outbound.queuedBytes + this.#socket.bufferedBytes
  }

  enqueueFrame(frame: SharedFrame): void {
    this.#vitals.wrote(this.#context.clock.elapsed())
    this.outbound.enqueueFrame(frame.bytes(this.#inflates))
  }

  enqueueSignal(frame: SharedFrame): boolean {
    const isTaken = this.outbound.enqueueSignal(frame.bytes(this.#inflates))
    if (isTaken) this.#vitals.wrote(this.#context.clock.elapsed())
    return isTaken
  }

  enqueueItem(json: string): void {
    this.#vitals.wrote(this.#context.clock.elapsed())
    this.outbound.enqueueItem(json)
  }

  onSlow(): void {
    this.close('slow', 'reads too slowly')
  }

  onLow(): void {
    this.#turns.next()
  }

  onRoomClosed(roomId: string): void {
    if (this.#state.phase === 'ready') this.#state.caller.openRooms.delete(roomId)
  }

  // --- what arrives ---

  onPing(data: Buffer): void {
    if (this.#state.phase === 'closed') return
    const now = this.#context.clock.elapsed()
    this.#vitals.heard(now)
    if (this.#conduct.takeFrame(now) === 0) this.outbound.enqueuePong(data)
    else if (this.#conduct.isFlooding) this.close('flooding', 'rate_limited')
  }

  onClosing(): void {
    this.outbound.finishFrame()
  }

  onPong(): void {
    this.#vitals.heard(this.#context.clock.elapsed())
  }

  onFrame(text: string | undefined): void {
    if (this.#state.phase === 'closed') return
    const now = this.#context.clock.elapsed()
    this.#vitals.heard(now)
    if (this.#state.phase === 'ready' && isExpired(this.#state.identity, this.#context.clock.now())) {
      this.#cutOff('expired', 'expired')
      return
    }
    if (this.#state.phase === 'signing-in') {
      // A client may send its first commands behind `hello` without waiting; a few, because nobody is known yet.
      if (this.#state.waiting.length >= MAX_WAITING_FRAMES) this.close('badFrames', 'too many frames before welcome')
      else this.#state.waiting.push(text)
      return
    }
    // What is refused for its form counts too.
    if (this.#state.phase === 'ready' && !this.#allowRate(text, now)) return
    const frame = this.#parse(text, now)
    if (!frame) return
    if (this.#state.phase === 'new') this.#startHello(frame, this.#state)
    else void this.#run(frame, this.#state.caller)
  }

  onDrained(): void {
    this.#vitals.drained()
    this.outbound.resume()
  }

  onClose(code: number): void {
    this.#leave()
    this.#context.onClosed(this, code)
  }

  // --- commands ---

  #parse(text: string | undefined, now: number): UpFrame | undefined {
    try {
      if (text === undefined) throw new ChatError('bad_frame', { hint: 'Frames are text, not binary.' })
      return parseUpFrame(text)
    } catch (error) {
      const ref = text === undefined ? undefined : peekRef(text)
      this.#fail(ref, error)
      if (this.#state.phase === 'new') this.#refuseFirstFrame(error)
      else if (error instanceof ChatError && this.#conduct.countRefused(error, now))
        this.close('badFrames', 'too many frames that are no commands')
      return undefined
    }
  }

  #refuseFirstFrame(error: unknown): void {
    if (error instanceof ChatError && error.code.startsWith('token_')) this.close('expired', error.code)
    else this.close('badFrames', 'the first frame must be hello')
  }

  async #run(frame: UpFrame, caller: ConnectedCaller): Promise<void> {
    const startedAt = performance.now()
    try {
      if (frame.type === 'hello') throw new ChatError('hello_repeated')
      if (frame.type === 'session.refresh') await this.#refresh(frame)
      else await this.#execute(frame, caller)
      this.#context.metrics.countCommand(frame.type, 'ok', startedAt)
    } catch (error) {
      this.#context.metrics.countCommand(frame.type, error instanceof ChatError ? error.code : 'internal', startedAt)
      this.#fail(frame.ref, error)
    }
  }

  /** Commands whose answers may be long come one after the other while much waits; the others at once. */
  #execute(frame: SignedInFrame, caller: ConnectedCaller): Promise<void> {
    const execute = () => this.#context.dispatch(caller, frame, (result) => this.#reply({ ref: frame.ref, ok: result }))
    if (frame.type === 'room.open')
      return new Promise((resolve, reject) => {
        const overtake = () => reject(new Overtaken())
        this.#openInTurn(frame.roomId, { overtake, open: () => execute().then(resolve, reject) })
      })
    if (frame.type === 'room.close') this.#takeOpening(frame.roomId)?.overtake()
    return LONG_ANSWERS.has(frame.type) ? this.#turns.run(execute) : execute()
  }

  /**
   * Asked again while it waits, a room keeps its place and only the latest is answered: who gets everything over a slow line
   * has long given up on the first answer, and would never see the end of the others.
   */
  #openInTurn(roomId: string, opening: Opening): void {
    const before = this.#toOpen?.get(roomId)
    if (!before && this.#turns.isFree) {
      void this.#turns.run(opening.open)
      return
    }
    this.#toOpen ??= new Map()
    this.#toOpen.set(roomId, opening)
    if (before) before.overtake()
    else void this.#turns.run(async () => this.#takeOpening(roomId)?.open())
  }

  #takeOpening(roomId: string): Opening | undefined {
    const opening = this.#toOpen?.get(roomId)
    this.#toOpen?.delete(roomId)
    if (this.#toOpen?.size === 0) this.#toOpen = undefined
    return opening
  }

  #startHello(frame: UpFrame, state: Extract<State, { phase: 'new' }>): void {
    if (frame.type !== 'hello') {
      this.#fail(frame.ref, new ChatError('hello_required'))
      this.close('badFrames', 'the first frame must be hello')
      return
    }
    const waiting: (string | undefined)[] = []
    this.#state = { phase: 'signing-in', openedAt: state.openedAt, waiting }
    void this.#hello(frame, frame.ref, state.cookieIdentity).then((isSignedIn) => {
      if (isSignedIn) for (const text of waiting) this.onFrame(text)
    })
  }

  async #hello(command: CommandOf<'hello'>, ref: number, cookieIdentity: CookieIdentity): Promise<boolean> {
    const { config, clock } = this.#context
    try {
      const identity =
        command.token === undefined ? await cookieIdentity : await this.#context.authenticate(command.token)
      if (!identity) throw new ChatError('token_missing')
      if (this.#context.isRevoked(identity.sid)) throw new ChatError('session_revoked')
      if (this.#state.phase !== 'signing-in') return false
      this.#context.admit(this, identity)
      const caller: ConnectedCaller = { user: identity.user, reader: this, openRooms: new Set() }
      this.#state = { phase: 'ready', identity, caller }
      this.user = identity.user
      this.#reply({
        ref,
        ok: {
          protocol: PROTOCOL_VERSION,
          connectionId: this.id,
          user: identity.user,
          expiresAt: identity.expiresAt,
          serverTime: clock.now(),
          heartbeatMs: config.heartbeatMs,
          limits: this.#context.welcomeLimits,
        },
      })
      for (const { roomId, ...since } of command.rooms ?? [])
        this.#openInTurn(roomId, { overtake: () => {}, open: () => this.#resume(caller, roomId, since) })
      return true
    } catch (error) {
      this.#fail(ref, error)
      if (error instanceof ChatError && error.code === 'too_many_connections') this.close('tryLater', error.code)
      else this.#closeForAuth(error)
      return false
    }
  }

  /** Brings a room up to date that was open when an earlier connection broke. */
  async #resume(caller: ConnectedCaller, roomId: string, since: ResumePoint): Promise<void> {
    try {
      await this.#context.openRoom(caller, { roomId, since }, (opened) =>
        this.#push({ type: 'room.opened', ...opened }),
      )
    } catch (error) {
      if (!(error instanceof ChatError)) this.#context.log.error({ err: error, connection: this.id }, 'resume failed')
      const reason = closedReasonOf(error)
      if (reason) this.#push({ type: 'room.closed', roomId, reason })
    }
  }

  async #refresh(frame: CommandOf<'session.refresh'> & { ref: number }): Promise<void> {
    const before = this.identity
    const identity = await this.#context.authenticate(frame.token)
    if (this.#state.phase !== 'ready' || !before) return
    // A session that `withParlor` has named since is still the same one.
    const isOtherSession = before.sid !== undefined && identity.sid !== before.sid
    if (identity.user.id !== before.user.id || isOtherSession) {
      this.#fail(frame.ref, new ChatError('user_changed'))
      return this.close('revoked', 'user_changed')
    }
    this.#state.identity = identity
    this.#reply({ ref: frame.ref, ok: { expiresAt: identity.expiresAt } })
  }

  #allowRate(text: string | undefined, now: number): boolean {
    const retryAfterMs = this.#conduct.takeFrame(now)
    if (retryAfterMs === 0) return true
    const ref = text === undefined ? undefined : peekRef(text)
    this.#fail(ref, new ChatError('rate_limited', { retryAfterMs }))
    if (this.#conduct.isFlooding) this.close('flooding', 'rate_limited')
    return false
  }

  // --- time ---

  /** Called about twice a second: everything about this connection that time decides, without a timer of its own. */
  tick(): void {
    const { config, clock, isRevoked } = this.#context
    const state = this.#state
    if (state.phase === 'closed') return
    if (state.phase !== 'ready') {
      if (clock.elapsed() - state.openedAt >= config.helloTimeoutMs) this.close('helloTimeout', 'no hello')
    } else if (isExpired(state.identity, clock.now())) this.#cutOff('expired', 'expired')
    else if (isRevoked(state.identity.sid)) this.#cutOff('revoked', 'session_revoked')
    else this.#check()
  }

  #check(): void {
    const verdict = this.#vitals.judge(this.#context.clock.elapsed(), this.#socket.bufferedBytes)
    if (verdict === 'heartbeat') this.outbound.enqueueHeartbeat()
    else if (verdict === 'stalled') this.close('slow', 'reads nothing')
    else if (verdict === 'dead') this.#cut('abnormal')
  }

  // --- the end ---

  /** Not now: says when to come back. */
  turnAway(error: ChatError): void {
    this.#push({ type: 'error', error: error.toWire() })
    this.close('tryLater', error.code)
  }

  /** Sends what is queued, says why, and closes. A peer that doesn't read is cut soon after. */
  close(name: CloseName, reason: string): void {
    if (this.#state.phase === 'closed') return
    this.outbound.finish()
    this.#leave()
    this.#context.metrics.countClose(name)
    this.#socket.close(CLOSE_CODES[name][0], reason)
    this.#context.clock.after(CLOSE_WAIT_MS, () => this.#socket.terminate())
  }

  /** For who may see nothing more: what was queued is dropped (G8), and if that is half a frame, a close has no place. */
  #cutOff(name: CloseName, reason: string): void {
    const isMidFrame = this.outbound.isMidFrame
    this.outbound.close()
    if (isMidFrame) this.#cut(name)
    else this.close(name, reason)
  }

  #cut(name: CloseName | 'abnormal'): void {
    this.#leave()
    this.#context.metrics.countClose(name)
    this.#socket.terminate()
  }

  /** Out of every room; nothing is sent from here on. */
  #leave(): void {
    const state = this.#state
    this.#state = { phase: 'closed' }
    if (state.phase === 'ready') this.#context.leaveRooms(state.caller)
    this.#turns.close()
    this.#toOpen = undefined
    this.outbound.close()
  }

  #closeForAuth(error: unknown): void {
    const code = error instanceof ChatError ? error.code : 'internal'
    if (code === 'session_revoked') this.close('revoked', code)
    else if (code === 'internal' || code === 'unavailable') this.close('tryLater', code)
    else this.close('expired', code)
  }

  #reply(reply: Reply): void {
    this.enqueueItem(encodeItem(reply))
  }

  #push(push: Push | ErrorPush): void {
    this.enqueueItem(encodeItem(push))
  }

  #fail(ref: number | undefined, error: unknown): void {
    const wire = (error instanceof ChatError ? error : this.#hideInternal(error)).toWire()
    if (ref === undefined) this.#push({ type: 'error', error: wire })
    else this.#reply({ ref, error: wire })
  }

  /** The client learns a number to quote; the log has the rest. */
  #hideInternal(error: unknown): ChatError {
    const id = crypto.randomUUID().slice(0, 8)
    this.#context.log.error({ err: error, errorId: id, connection: this.id }, 'a command failed')
    return new ChatError('internal', { hint: `Error ${id} in the service's log.` })
  }
}

function isExpired(identity: Identity, now: number): boolean {
  return now > identity.expiresAt + CLOCK_TOLERANCE * 1000
}

/** Commands that may follow `hello` before it is answered. */
const MAX_WAITING_FRAMES = 16

/** What may be a page or more, beside `room.open`. */
const LONG_ANSWERS: ReadonlySet<UpFrame['type']> = new Set(['room.list', 'member.list', 'message.list'])

/** How long a peer has to answer a close. */
const CLOSE_WAIT_MS = 2_000

// --- types ---

type State =
  | { phase: 'new'; openedAt: number; cookieIdentity: CookieIdentity }
  | { phase: 'signing-in'; openedAt: number; waiting: (string | undefined)[] }
  | { phase: 'ready'; identity: Identity; caller: ConnectedCaller }
  | { phase: 'closed' }

/** How a room is opened when its turn has come, or what is done when a later command answers for it. */
interface Opening {
  open(): Promise<void>
  overtake(): void
}

/** What the session cookie of the upgrade said, where cookies sign in. */
export type CookieIdentity = Promise<Identity | undefined>
