/** Check: asks the service why it refused an upgrade, which a browser shows only as close code 1006. */
import { type CheckResult, ERRORS } from '@parlor/protocol'
import type { Clock } from './clock.ts'
import { ChatError } from './errors.ts'
import type { Runtime } from './runtime.ts'

/** The refusal that the service states, or undefined: it can't be reached, or nothing is wrong any more. */
export async function findRefusal(url: string, { fetch, clock }: CheckRuntime): Promise<ChatError | undefined> {
  const stop = new AbortController()
  const stopTimer = clock.after(CHECK_TIMEOUT_MS, () => stop.abort())
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' }, signal: stop.signal })
    const { ok, code, hint } = (await response.json()) as CheckResult
    if (ok || code === undefined || !Object.hasOwn(ERRORS, code)) return undefined
    return new ChatError(code as keyof typeof ERRORS, { hint })
  } catch {
    return undefined
  } finally {
    stopTimer()
  }
}

const CHECK_TIMEOUT_MS = 5_000

// --- types ---

export type CheckRuntime = Pick<Runtime, 'fetch'> & { clock: Clock }
