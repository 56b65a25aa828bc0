import { describe, expect, it } from 'vitest'
import { findPayload, makePayload, PAYLOAD_BYTES, readCounter, readSender } from './payload.ts'

describe('payloads', () => {
  it('have 120 bytes that JSON doesn’t change, whatever the numbers', () => {
    for (const [sender, counter] of [
      [0, 0],
      [9, 123],
      [99, 99_999_999],
    ] as const) {
      const text = makePayload(sender, counter)
      expect(Buffer.byteLength(text)).toBe(PAYLOAD_BYTES)
      expect(JSON.stringify(text)).toBe(`"${text}"`)
    }
  })

  it('are found and read in the middle of JSON, each once', () => {
    const bytes = Buffer.from(`[{"a":"${makePayload(3, 41)}"},{"ref":7,"ok":{}},{"a":"${makePayload(12, 42)}"}]`)
    const seen: [number, number][] = []
    for (let at = findPayload(bytes, 0, bytes.length, -1); at >= 0; ) {
      seen.push([readSender(bytes, at), readCounter(bytes, at)])
      at = findPayload(bytes, at + PAYLOAD_BYTES, bytes.length, -1)
    }
    expect(seen).toEqual([
      [3, 41],
      [12, 42],
    ])
  })

  it('are found by a right guess, and all the same with a wrong one', () => {
    const bytes = Buffer.from(`xx${makePayload(0, 1)}yy${makePayload(0, 2)}`)
    const second = 2 + PAYLOAD_BYTES + 2
    for (const guess of [second, second + 1, 0, -1, 10_000])
      expect(findPayload(bytes, 2 + PAYLOAD_BYTES, bytes.length, guess)).toBe(second)
  })

  it('beyond the end of the frame belong to the next one', () => {
    const bytes = Buffer.from(`xx${makePayload(0, 1)}`)
    expect(findPayload(bytes, 0, 2, -1)).toBe(-1)
    expect(findPayload(bytes, 0, bytes.length - 1, -1)).toBe(-1)
  })
})
