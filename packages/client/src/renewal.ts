/** Renewal: keeps a live session from expiring. A new token at about half of the old one's life, handed over in band. */
import { createBackoff } from './backoff.ts'
import type { Cancel, Clock } from './clock.ts'
import { ChatError } from './errors.ts'
import type { Requests } from './requests.ts'
import type { TokenSource } from './token.ts'

export interface Renewal {
  /** A session began: it ends at `expiresAt` of the service's clock, which says `serverTime` now. */
  start(expiresAt: number, serverTime: number): void
  stop(): void
}

/** Of the life: half, plus up to a tenth, so that the sessions of a deployment don't renew at the same moment. */
const SHARE = { least: 0.5, jitter: 0.1 }

/** The app's route is asked no faster than this, however short the life, and also after a failure. */
const LEAST_WAIT_MS = 1_000

/** The longest timer that engines keep: 2^31 - 1 ms. */
const LONGEST_TIMER_MS = 2_147_483_647

export function createRenewal(deps: RenewalDeps): Renewal {
  const { clock, random, token, ask, onDenied } = deps
  const backoff = createBackoff(random)
  let stopTimer: Cancel | undefined
  /** Counts sessions: a token that arrives after its session is kept, but handed to nobody. */
  let session = 0

  const plan = (ms: number, mine: number, serverAhead: number): void => {
    stopTimer = clock.after(Math.min(ms, LONGEST_TIMER_MS), () => void renew(mine, serverAhead))
  }
  const begin = (expiresAt: number, serverAhead: number, mine: number): void => {
    const lifeMs = expiresAt - (clock.now() + serverAhead)
    backoff.reset()
    token.accepted(lifeMs)
    plan(Math.max(LEAST_WAIT_MS, lifeMs * (SHARE.least + SHARE.jitter * random())), mine, serverAhead)
  }
  const failed = (error: ChatError, mine: number, serverAhead: number): void => {
    if (mine !== session) return
    // The app's outage isn't the chat's: it is tried until the service itself ends the session.
    if (error.retryable) plan(LEAST_WAIT_MS + backoff.next(), mine, serverAhead)
    else onDenied(error)
  }
  const renew = async (mine: number, serverAhead: number): Promise<void> => {
    try {
      const next = await token.renew()
      if (mine !== session || next === undefined) return
      ask(
        { type: 'session.refresh', token: next },
        {
          ok: ({ expiresAt }) => {
            if (mine === session) begin(expiresAt, serverAhead, mine)
          },
          error: (error) => failed(error, mine, serverAhead),
        },
      )
    } catch (error) {
      failed(
        error instanceof ChatError ? error : new ChatError('token_route_failed', { cause: error }),
        mine,
        serverAhead,
      )
    }
  }

  return {
    start(expiresAt, serverTime) {
      session += 1
      stopTimer?.()
      begin(expiresAt, serverTime - clock.now(), session)
    },
    stop() {
      session += 1
      stopTimer?.()
    },
  }
}

// --- types ---

export interface RenewalDeps {
  clock: Clock
  random: () => number
  token: TokenSource
  ask: Requests['ask']
  /** The app, or the service, says that this session is over. */
  onDenied(error: ChatError): void
}
