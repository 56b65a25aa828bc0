import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatEntry, type LogEntry } from '@parlor/verify'
import { expect, onTestFinished, test } from 'vitest'
import { findFlaws, LogFile, readLog } from './verify-log.ts'

const HEADER: LogEntry = {
  ...{ at: 0, type: 'header', format: 1, run: 'r1', seed: 1, url: 'http://localhost:4000' },
  ...{ startedAt: '2026-01-01T00:00:00.000Z', versions: {} },
}
const ROOM: LogEntry = { at: 1, type: 'room', room: 'verify-r1-1', kind: 'private', head: 0 }

test('a log that proves nothing is told apart from one without violations', () => {
  expect(findFlaws([])).toContain('nobody did anything')
  expect(findFlaws([HEADER, ROOM])).toEqual([
    'nobody did anything',
    'it ends too early, and was judged as far as it goes',
    'nobody read the whole of verify-r1-1 in the end',
    'nobody said what they saw of verify-r1-1 in the end',
  ])
})

test('a line that was cut off is left out, and a byte order mark too', () => {
  const path = write(`\uFEFF${formatEntry(HEADER)}${formatEntry(ROOM)}{"at":2,"ty`)
  expect(readLog(path)).toEqual([HEADER, ROOM])
})

test.each([
  ['nothing', '', 'no header'],
  ['another format', formatEntry({ ...HEADER, format: 2 } as unknown as LogEntry), 'its format is 2'],
  ['no log', 'hello\n', 'Line 1'],
])('a file with %s is refused in one line', (_what, text, reason) => {
  expect(() => readLog(write(text))).toThrow(reason)
})

test.skipIf(!existsSync('/dev/full'))('a disk that is full ends the run with one line, after it was judged', () => {
  const file = new LogFile('/dev/full')
  file.write(HEADER)
  file.write(ROOM)
  expect(() => file.close()).toThrow("/dev/full isn't whole: ENOSPC")
})

function write(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'log.ndjson')
  writeFileSync(path, text)
  return path
}
