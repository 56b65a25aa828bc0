import { describe, expect, it } from 'vitest'
import { formatLogLine } from './log-line.ts'

const base = { level: 30, time: new Date(2026, 10, 23, 9, 5, 7).getTime(), pid: 7, hostname: 'box' }
const format = (entry: object) => formatLogLine(`${JSON.stringify({ ...base, ...entry })}\n`)

describe('a line of the log at a terminal', () => {
  it('has the time, the level, the message and its fields, without the process and the machine', () => {
    const fields = { url: 'http://localhost:4000', port: 4000, allowedOrigins: ['http://localhost:*', 'https://a.b'] }
    expect(format({ ...fields, msg: 'listening' })).toBe(
      '09:05:07 INFO  listening url=http://localhost:4000 port=4000 allowedOrigins=http://localhost:*,https://a.b\n',
    )
    expect(format({ level: 40, hint: 'Do this.', none: null, empty: [], msg: 'careful' })).toBe(
      '09:05:07 WARN  careful hint="Do this." empty=[]\n',
    )
  })

  it('shows where an error came from', () => {
    const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at here' }
    expect(format({ level: 50, err, msg: 'failed' })).toBe('09:05:07 ERROR failed\nError: no\n    at here\n')
  })

  it('lets no control character through to the terminal', () => {
    const text = format({ origin: 'a\u001b[2J\u009b1m\n', msg: 'x\u001b]0;y\u0007\r\n' })
    expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/)
    expect(text).toBe('09:05:07 INFO  x\\x1b]0;y\\x07\\x0d\\n origin="a\\u001b[2J\\x9b1m\\n"\n')
  })

  it('leaves what isn’t JSON as it is', () => {
    expect(formatLogLine('plain words\n')).toBe('plain words\n')
  })
})
