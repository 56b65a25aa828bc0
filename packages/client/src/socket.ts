/** Socket: one WebSocket from its opening to its end: hello, replies, heartbeats, and what its close means. */
import { type DownItem, decodeDown, type HelloCommand, SUBPROTOCOL, type Welcome } from '@parlor/protocol'
import type { Cancel, Clock } from './clock.ts'
import { ChatError } from './errors.ts'
import { createRequests, type Requests } from './requests.ts'
import type { Transport, TransportHandlers } from './transport.ts'

export interface Socket {
  /** Welcomed, and not closed. */
  readonly isUp: boolean
  ask: Requests['ask']
  /** Asks whether the service still answers; `ended` follows if it doesn't. */
  probe(): void
  /** Ends it from this side, at once: nothing is called any more, and everything asked fails. */
  close(): void
}

export interface SocketEvents {
  welcomed(welcome: Welcome): void
  /** The service refused the hello; its close may follow. */
  refused(error: ChatError): void
  /** One frame. Replies are handled already, in their place among the items. */
  frame(read: (each: (item: Item) => void) => void): void
  /** It is over, for whatever reason; called once. 1006: nothing more was heard, or it never opened. */
  ended(end: SocketEnd): void
}

/** From the first byte to the welcome: longer, and another try is better. */
export const WELCOME_TIMEOUT_MS = 15_000

/** A service that lives answers a ping well within this, also on a slow mobile network. */
const PROBE_TIMEOUT_MS = 4_000

/** On top of the service's own heartbeat, as `welcome.heartbeatMs` says. */
const HEARTBEAT_GRACE_MS = 10_000

const NORMAL_CLOSE = 1000
const ABNORMAL_CLOSE = 1006

export function openSocket(deps: SocketDeps, target: SocketTarget, events: SocketEvents): Socket {
  const { clock, transport } = deps
  const { url, who, hello } = target
  let stage: 'opening' | 'hello' | 'up' | 'over' = 'opening'
  let heardAt = clock.now()
  const handlers: TransportHandlers = {
    opened() {
      if (stage !== 'opening') return
      stage = 'hello'
      requests.ask(hello(), { ok: welcome, error: refuse }, WELCOME_TIMEOUT_MS)
    },
    message(text) {
      heardAt = clock.now()
      const items = stage === 'over' ? undefined : decodeDown(text)
      if (!items || items.length === 0) return
      events.frame((each) => {
        for (const item of items) {
          // A reply may have ended the socket.
          if (stage === 'over') return
          if ('ref' in item) requests.settle(item)
          else each(item)
        }
      })
    },
    closed: (code, reason) => end(code, reason),
  }
  const raw = transport.open(url, SUBPROTOCOL, handlers, who)
  const requests = createRequests(clock, (text) => raw.send(text))
  let stopTimer: Cancel = clock.after(WELCOME_TIMEOUT_MS, () => lose())

  const welcome = (result: Welcome): void => {
    stage = 'up'
    stopTimer()
    watch(result.heartbeatMs + HEARTBEAT_GRACE_MS)
    events.welcomed(result)
  }
  const refuse = (error: ChatError): void => {
    if (stage === 'hello') events.refused(error)
  }

  /** One timer for many frames: it looks at the time of the last one and goes on. */
  const watch = (silenceMs: number): void => {
    const left = heardAt + silenceMs - clock.now()
    if (left <= 0) lose()
    else stopTimer = clock.after(left, () => watch(silenceMs))
  }

  const end = (code: number, reason: string): void => {
    if (stage === 'over') return
    const wasOpened = stage !== 'opening'
    stage = 'over'
    stopTimer()
    requests.fail(new ChatError('connection_lost'))
    events.ended({ code, reason, wasOpened })
  }
  /** The other side is silent: its close may never come, so the end is declared here. */
  const lose = (): void => {
    if (stage === 'over') return
    end(ABNORMAL_CLOSE, 'silent')
    raw.close(NORMAL_CLOSE, 'silent')
  }

  return {
    get isUp() {
      return stage === 'up'
    },
    ask: requests.ask,
    probe() {
      if (stage === 'up') requests.ask({ type: 'ping' }, { ok: () => {}, error: () => lose() }, PROBE_TIMEOUT_MS)
    },
    close() {
      if (stage === 'over') return
      stage = 'over'
      stopTimer()
      requests.fail(new ChatError('connection_lost'))
      raw.close(NORMAL_CLOSE, '')
    },
  }
}

// --- types ---

export interface SocketDeps {
  clock: Clock
  transport: Transport
}

export interface SocketTarget {
  url: string
  /** Whose socket it is, where that is known already. */
  who: string | undefined
  /** Made when the socket is open, so that it names what is held by then. */
  hello: () => HelloCommand
}

export interface SocketEnd {
  code: number
  reason: string
  /** False: the upgrade itself failed, and a browser hides why. */
  wasOpened: boolean
}

/** Everything but replies. */
export type Item = Exclude<DownItem, { ref: number }>
