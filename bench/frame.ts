/** WebSocket frames as a client writes and reads them on a raw socket (RFC 6455, section 5.2). */

/** One masked text frame, ready to be written. */
export function clientFrame(text: string): Buffer {
  return maskedFrame(0x81, Buffer.from(text))
}

/** The answer to a ping, with the ping's payload. */
export function pongFrame(payload: Buffer): Buffer {
  return maskedFrame(0x8a, payload)
}

function maskedFrame(firstByte: number, payload: Buffer): Buffer {
  const { length } = payload
  if (length > 65_535) throw new Error('frames of the generator have at most 65,535 bytes')
  const header = length < 126 ? 2 : 4
  const frame = Buffer.allocUnsafe(header + 4 + length)
  frame[0] = firstByte
  frame[1] = 0x80 | Math.min(length, 126)
  if (header === 4) frame.writeUInt16BE(length, 2)
  MASK.copy(frame, header)
  const start = header + 4
  for (let i = 0; i < length; i++) frame[start + i] = (payload[i] ?? 0) ^ (MASK[i & 3] ?? 0)
  return frame
}

/** Not zero: some servers skip the unmasking when it is. */
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d])

/** Cuts what a server sends into frames, wherever the network cut it. */
export class FrameReader {
  #rest: Buffer = EMPTY

  /** Calls the listener for every frame that is whole by now. The bytes are valid during the call only. */
  push(chunk: Buffer, listener: FrameListener): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    for (;;) {
      const start = payloadStart(data, at)
      if (start < 0) break
      const end = start + payloadLength(data, at)
      if (end > data.length) break
      this.#tell(data, at, start, end, listener)
      at = end
    }
    // A copy: the caller's buffer is used again for the next read.
    this.#rest = at < data.length ? Buffer.from(data.subarray(at)) : EMPTY
  }

  #tell(data: Buffer, at: number, start: number, end: number, listener: FrameListener): void {
    const first = data[at] ?? 0
    if (first === 0x81 || first === 0x82) listener.onMessage(data, start, end)
    else if (first === 0x89) listener.onPing(Buffer.from(data.subarray(start, end)))
    else if (first === 0x88) listener.onClose(end - start >= 2 ? data.readUInt16BE(start) : 1005)
    else if (first !== 0x8a) throw new Error(`a frame that begins with 0x${first.toString(16)}`)
  }
}

/** -1 while the header isn't whole. */
function payloadStart(data: Buffer, at: number): number {
  if (at + 2 > data.length) return -1
  const short = data[at + 1] ?? 0
  if (short > 127) throw new Error('a server must not mask its frames')
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
  return start <= data.length ? start : -1
}

function payloadLength(data: Buffer, at: number): number {
  const short = data[at + 1] ?? 0
  if (short < 126) return short
  return short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2))
}

const EMPTY = Buffer.alloc(0)

// --- types ---

export interface FrameListener {
  /** A text or binary message: the bytes from `start` to before `end`. */
  onMessage(data: Buffer, start: number, end: number): void
  onPing(payload: Buffer): void
  onClose(code: number): void
}
