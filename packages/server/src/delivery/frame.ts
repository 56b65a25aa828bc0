/** A WebSocket text frame as the bytes of RFC 6455, section 5.2: made once, written to any number of sockets. */

/** FIN and opcode 1 (text). */
const FIN_TEXT = 0x81

/** The unmasked, unfragmented text frame that carries this text. */
export function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text)
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
  frame.write(text, headerBytes)
  return frame
}

/** An empty ping, followed by the text frame `[]`: both heartbeats, for the TCP peer and for the page. */
export const HEARTBEAT_FRAME: Buffer = Buffer.concat([Buffer.from([0x89, 0x00]), textFrame('[]')])
