/** judge: reads a log and finds every guarantee that it shows to be broken. */
import type { LogEntry } from '../log.ts'
import { readEvidence } from './evidence.ts'
import { checkDurableAck } from './g1-durable-ack.ts'
import { checkOneOrder } from './g2-one-order.ts'
import { checkGaplessStream } from './g3-gapless-stream.ts'
import { checkConvergence } from './g4-convergence.ts'
import { checkIdempotentSend } from './g5-idempotent-send.ts'
import { checkHonestResume } from './g6-honest-resume.ts'
import { checkRemoval } from './g7-removal.ts'
import { checkPresence } from './g10-presence.ts'
import { checkRollingRestart } from './g11-rolling-restart.ts'
import { checkNoFalseAck } from './g13-no-false-ack.ts'
import { checkSameState } from './g14-same-state.ts'
import type { Violation } from './violation.ts'

/**
 * Every violation in a log, in the order of the guarantees. Pure: it asks nobody and changes nothing, so a log can be
 * judged again, anywhere. A log that ends too early is judged as far as it goes.
 *
 * ```ts
 * const violations = judge(parseLog(await readFile('verify.ndjson', 'utf8')))
 * ```
 */
export function judge(entries: readonly LogEntry[]): Violation[] {
  const evidence = readEvidence(entries)
  return CHECKS.flatMap((check) => check(evidence))
}

const CHECKS = [
  ...[checkDurableAck, checkOneOrder, checkGaplessStream, checkConvergence, checkIdempotentSend],
  ...[checkHonestResume, checkRemoval, checkPresence, checkRollingRestart, checkNoFalseAck, checkSameState],
]
