import { expect, test } from 'vitest'
import { formatReport, formatVerdict } from '../report.ts'
import { judge } from './judge.ts'
import { ModelLog, ROOM } from './model-log.contract.ts'
import { summarize } from './summary.ts'

test('a summary counts what was tried and told, and how what nobody knew ended', () => {
  const log = new ModelLog('ann', 'bo')
  const ann = log.connect('c1', 'ann/1')
  const bo = log.connect('c2', 'bo/1')
  log.send(ann, 'm1', 'one')
  log.attempt(ann, { type: 'message.send', roomId: ROOM, id: 'm2', text: 'two' })
  log.attempt(ann, { type: 'message.send', roomId: ROOM, id: 'm3', text: 'three' })
  log.close(bo)
  log.send(ann, 'm2', 'two')
  log.connect('c3', 'bo/1', 4)
  const entries = log.finish()
  const summary = summarize(entries)
  expect(summary).toEqual({
    operations: { send: { begun: 2, ok: 2, fail: 0, unknown: 0 } },
    ...{ total: 2, sockets: 3, breaks: 1, resumes: 1, resets: 0, ranges: 0, presences: 0, askedToGo: 0 },
    ...{ faults: 0, storeFaults: 0, restores: 0 },
    // Three events, and the message and Bo's own row in the range.
    deliveries: 5,
    unknownSends: { stored: 1, never: 1 },
  })
  const violations = judge(entries)
  expect(violations).toEqual([])
  expect(formatVerdict(summary, violations)).toBe('verify: 2 operations, 5 deliveries, 0 violations')
})

test('a report shows each violation with its lines', () => {
  const log = new ModelLog('ann')
  log.send(log.connect('c1', 'ann/1'), 'm1', 'one')
  const entries = log.finish().filter((entry) => entry.type !== 'shown')
  for (const entry of entries) if (entry.type === 'final') entry.messages = []
  const violations = judge(entries).filter(({ guarantee }) => guarantee === 'G1')
  const text = formatReport(summarize(entries), violations)
  expect(text).toMatch(/^operation {2}begun {2}done {2}refused {2}unknown$/m)
  expect(text).toMatch(/^G1 +what was acknowledged is in history +1$/m)
  expect(text).toContain("G1 ack-lost: m1 was acknowledged as 3, and isn't in history.\n       9  {")
})
