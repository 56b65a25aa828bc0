import { describe, expect, it } from 'vitest'
import { clientFrame, FrameReader, pongFrame } from './frame.ts'

describe('frames of the generator', () => {
  it.each([0, 1, 125, 126, 300, 65_535])('masks a text of %i bytes so that unmasking gives it back', (length) => {
    const text = 'x'.repeat(length)
    const frame = clientFrame(text)
    expect(frame[0]).toBe(0x81)
    expect(unmask(frame)).toBe(text)
  })

  it('uses a mask that no server can skip', () => {
    expect(clientFrame('aaaa').subarray(-4).toString()).not.toBe('aaaa')
  })

  it('answers a ping with its payload', () => {
    const frame = pongFrame(Buffer.from('hi'))
    expect(frame[0]).toBe(0x8a)
    expect(unmask(frame)).toBe('hi')
  })

  it('refuses a text that doesn’t fit', () => {
    expect(() => clientFrame('x'.repeat(65_536))).toThrow('65,535')
  })
})

describe('FrameReader', () => {
  const stream = Buffer.concat([
    serverFrame(0x81, 'short'),
    serverFrame(0x89, 'beat'),
    serverFrame(0x81, 'm'.repeat(300)),
    serverFrame(0x8a, ''),
    serverFrame(0x81, 'l'.repeat(70_000)),
    serverFrame(0x88, '\x03\xe8bye'),
  ])
  const whole = ['short', 'ping beat', 'm'.repeat(300), 'l'.repeat(70_000), 'close 1000']

  it.each([100, 999, 65_536, stream.length])('reads the same frames from pieces of %i bytes', (size) => {
    const reader = new FrameReader()
    const seen: string[] = []
    // One buffer for all reads, as the sockets have it.
    const shared = Buffer.alloc(size)
    for (let at = 0; at < stream.length; at += size) {
      const length = stream.copy(shared, 0, at, at + size)
      reader.push(shared.subarray(0, length), {
        onMessage: (data, start, end) => seen.push(data.toString('latin1', start, end)),
        onPing: (payload) => seen.push(`ping ${payload}`),
        onClose: (code) => seen.push(`close ${code}`),
      })
    }
    expect(seen).toEqual(whole)
  })

  it.each([1, 2, 3, 7])('reads headers that are cut in pieces of %i bytes', (size) => {
    const reader = new FrameReader()
    const lengths: number[] = []
    const listener = {
      onMessage: (_data: Buffer, start: number, end: number) => lengths.push(end - start),
      onPing: () => {},
      onClose: () => {},
    }
    const bytes = Buffer.concat([0, 125, 126, 300].map((length) => serverFrame(0x81, 'm'.repeat(length))))
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size), listener)
    expect(lengths).toEqual([0, 125, 126, 300])
  })

  it('says that a close without a code has none', () => {
    const codes: number[] = []
    const listener = { onMessage: () => {}, onPing: () => {}, onClose: (code: number) => codes.push(code) }
    new FrameReader().push(serverFrame(0x88, ''), listener)
    expect(codes).toEqual([1005])
  })

  it('refuses frames that no server here sends', () => {
    const listener = { onMessage: () => {}, onPing: () => {}, onClose: () => {} }
    expect(() => new FrameReader().push(clientFrame('a'), listener)).toThrow('mask')
    expect(() => new FrameReader().push(serverFrame(0x01, 'a'), listener)).toThrow('0x1')
  })
})

function serverFrame(first: number, text: string): Buffer {
  const payload = Buffer.from(text, 'latin1')
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload])
  if (length < 65_536) return Buffer.concat([Buffer.from([first, 126, length >> 8, length & 255]), payload])
  const header = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(length, 6)
  return Buffer.concat([header, payload])
}

function unmask(frame: Buffer): string {
  const at = (frame[1] ?? 0) === 0xfe ? 4 : 2
  const mask = frame.subarray(at, at + 4)
  return frame
    .subarray(at + 4)
    .map((byte, i) => byte ^ (mask[i & 3] ?? 0))
    .toString()
}
