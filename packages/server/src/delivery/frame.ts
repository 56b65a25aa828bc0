/** A WebSocket text frame as the bytes of RFC 6455, section 5.2: made once, written to any number of sockets. */

import { constants, deflateRawSync } from 'node:zlib'

/** FIN and opcode 1 (text). */
const FIN_TEXT = 0x81

/** Of a compressed message (RFC 7692, section 6). */
const RSV1 = 0x40

/** The unmasked, unfragmented text frame that carries this text. */
export function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text)
  const frame = frameOf(bytes)
  frame.write(text, frame.length - bytes)
  return frame
}

/**
 * The same, compressed by itself (RFC 7692, no context takeover), so that every socket that takes it may share it. It is made
 * in one go: 64 KiB take about a millisecond.
 */
export function deflatedFrame(text: string): Buffer {
  // The fastest level: a higher one takes twice as long for some percent.
  const deflated = deflateRawSync(text, { level: 1, finishFlush: constants.Z_SYNC_FLUSH })
  // Ends with an empty block, whose last four bytes are left out (7.2.1).
  const frame = frameOf(deflated.length - 4)
  frame[0] = FIN_TEXT | RSV1
  deflated.copy(frame, frame.length - (deflated.length - 4), 0, deflated.length - 4)
  return frame
}

/** One frame for many sockets: made once for those that take compressed ones, and once for the others. */
export class SharedFrame {
  readonly #text: string
  readonly #isCompressed: boolean
  #plain: Buffer | undefined
  #deflated: Buffer | undefined

  /** Compressed if it has so many characters or more; 0: never. */
  constructor(text: string, compressFromBytes = 0) {
    this.#text = text
    this.#isCompressed = compressFromBytes > 0 && text.length >= compressFromBytes
  }

  /** For a socket that takes compressed frames, or one that doesn't. */
  bytes(inflates: boolean): Buffer {
    if (inflates && this.#isCompressed) {
      this.#deflated ??= deflatedFrame(this.#text)
      return this.#deflated
    }
    this.#plain ??= textFrame(this.#text)
    return this.#plain
  }
}

/** Room for a payload of so many bytes, behind its header. */
function frameOf(bytes: number): Buffer {
  const headerBytes = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10
  // Not from the pool: a frame that waits for a slow socket would pin its whole 8 KiB slab.
  const frame = Buffer.allocUnsafeSlow(headerBytes + bytes)
  frame[0] = FIN_TEXT
  if (headerBytes === 2) frame[1] = bytes
  else if (headerBytes === 4) {
    frame[1] = 126
    frame.writeUInt16BE(bytes, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(bytes), 2)
  }
  return frame
}

/** The answer to a ping: what it carried, at most 125 bytes. */
export function pongFrame(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x8a, data.length]), data])
}

/** An empty ping, followed by the text frame `[]`: both heartbeats, for the TCP peer and for the page. */
export const HEARTBEAT_FRAME: Buffer = Buffer.concat([Buffer.from([0x89, 0x00]), textFrame('[]')])
