import { expect, test } from 'vitest'
import { FailureLog } from './failure-log.ts'
import { createLog } from './log.ts'

test('the same failure is said once in ten seconds, and how often it came meanwhile', () => {
  const { clock, failures, lines } = open()
  const gone = () => new Error('unavailable', { cause: new Error('connect ECONNREFUSED') })
  for (let second = 0; second < 12; second++) {
    failures.note('error', gone(), 'the database failed')
    clock.ms += 1_000
  }
  expect(lines).toMatchObject([
    { msg: 'the database failed', level: 50, err: { message: 'connect ECONNREFUSED' } },
    { msg: 'the database failed', times: 10 },
  ])
})

test('what works again is said once, with how long and how often it failed', () => {
  const { clock, failures, lines } = open()
  failures.over('the database failed', 'the database works again')
  for (let count = 0; count < 3; count++) {
    failures.note('error', new Error('gone'), 'the database failed')
    clock.ms += 1_500
  }
  for (let count = 0; count < 2; count++) failures.over('the database failed', 'the database works again')
  expect(lines).toMatchObject([
    { msg: 'the database failed' },
    { msg: 'the database works again', level: 30, seconds: 4.5, times: 3 },
  ])
})

test('a failure of long ago counts no more', () => {
  const { clock, failures, lines } = open()
  for (const ms of [0, 1_000, 1_000, 3_600_000]) {
    clock.ms += ms
    failures.note('warn', 'gone', 'a read for a feed failed')
  }
  expect(lines.map(({ times }) => times)).toEqual([undefined, undefined])
})

test('another reason, and another thing that fails, is said at once', () => {
  const { failures, lines } = open()
  failures.note('error', new Error('unavailable', { cause: new Error('connect ECONNREFUSED') }), 'the database failed')
  failures.note('error', new Error('unavailable', { cause: new Error('starting up') }), 'the database failed')
  failures.note('warn', new Error('unavailable', { cause: new Error('starting up') }), 'a read for a feed failed')
  failures.note('warn', 'nothing', 'a read for a feed failed')
  expect(lines).toHaveLength(4)
})

function open() {
  const lines: Record<string, unknown>[] = []
  const log = createLog('info', { write: (line) => lines.push(JSON.parse(line)) })
  const clock = { ms: 0, elapsed: () => clock.ms }
  return { clock, failures: new FailureLog(log, clock), lines }
}
