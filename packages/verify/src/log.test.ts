import { expect, test } from 'vitest'
import { formatEntry, type LogEntry, parseLog } from './log.ts'

const entries: LogEntry[] = [
  { at: 0, type: 'healed' },
  { at: 1.5, type: 'ok', op: 3, seq: 7 },
]

test('a log that was written is read as it was', () => {
  expect(parseLog(entries.map(formatEntry).join(''))).toEqual(entries)
})

test.each([
  ['no JSON', '{"at":1,"ty'],
  ['no entry', '{"hello":1}'],
  ['null', 'null'],
  ['an empty line', ''],
])('a line that is %s is named', (_what, line) => {
  expect(() => parseLog(`${entries.map(formatEntry).join('')}${line}\n`)).toThrow('Line 3 is no entry of a log')
})
