/** RawSocket speaks WebSocket byte by byte, so that it can be wrong in ways that no library allows. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Opens a TCP connection to the service, for the test that is running. */
export async function openRaw(port: number): Promise<RawSocket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return new RawSocket(socket)
}

/** The same, upgraded to a WebSocket. */
export async function openRawWebSocket(port: number): Promise<RawSocket> {
  const raw = await openRaw(port)
  raw.write(upgradeRequest())
  const head = await raw.readHead()
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head)
  return raw
}

/** An upgrade request, with lines replaced (or left out: empty). */
export function upgradeRequest(
  changes: { method?: string; path?: string; headers?: Record<string, string> } = {},
): string {
  const headers = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'parlor.v1',
    ...changes.headers,
  }
  const lines = Object.entries(headers).filter(([, value]) => value !== '')
  const head = `${changes.method ?? 'GET'} ${changes.path ?? '/v1/ws'} HTTP/1.1`
  return `${head}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** One frame. The defaults make a good text frame; each of them can be spoilt. */
export function frame(payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const { opcode = 1, fin = true, rsv = 0, masked = true } = options
  const body = Buffer.from(payload as string)
  const length =
    body.length < 126 ? [body.length] : body.length < 65_536 ? [126, body.length >> 8, body.length & 255] : []
  const long = Buffer.alloc(length.length > 0 ? 0 : 9)
  if (long.length > 0) {
    long[0] = 127
    long.writeBigUInt64BE(BigInt(body.length), 1)
  }
  const size = Buffer.concat([Buffer.from(length), long])
  if (masked) size[0] = (size[0] ?? 0) | 0x80
  const mask = masked ? randomBytes(4) : Buffer.alloc(0)
  const content = masked ? body.map((byte, i) => byte ^ (mask[i % 4] ?? 0)) : body
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]), size, mask, content])
}

export class RawSocket {
  readonly socket: Socket
  #buffer = Buffer.alloc(0)
  #isEnded = false
  #wake = new Set<() => void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      for (const wake of this.#wake) wake()
    })
    socket.on('close', () => {
      this.#isEnded = true
      for (const wake of this.#wake) wake()
    })
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes)
  }

  /** The head of an HTTP answer; what follows it stays. */
  async readHead(): Promise<string> {
    const end = await this.#until(() => this.#buffer.indexOf('\r\n\r\n') + 1 || undefined)
    const head = this.#buffer.subarray(0, end + 3).toString()
    this.#buffer = this.#buffer.subarray(end + 3)
    return head
  }

  /** The next frame that the service sends; undefined when it ended the connection instead. */
  async readFrame(): Promise<{ opcode: number; payload: Buffer } | undefined> {
    const found = await this.#until(() => readFrame(this.#buffer) ?? (this.#isEnded ? 'ended' : undefined))
    if (found === 'ended') return undefined
    this.#buffer = this.#buffer.subarray(found.bytes)
    return found
  }

  /** The code with which the service closes; 1006 when it doesn't say. */
  async readClose(): Promise<number> {
    for (;;) {
      const next = await this.readFrame()
      if (!next) return 1006
      if (next.opcode === 8) return next.payload.length >= 2 ? next.payload.readUInt16BE(0) : 1005
    }
  }

  /** Waits for the end of the connection. */
  async ended(): Promise<void> {
    await this.#until(() => this.#isEnded || undefined)
  }

  #until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (found !== undefined) finish(() => resolve(found))
        else if (this.#isEnded) finish(() => reject(new Error(`ended after ${this.#buffer.toString('latin1')}`)))
      }
      const timer = setTimeout(() => finish(() => reject(new Error('nothing came'))), PATIENCE_MS)
      const finish = (end: () => void) => {
        clearTimeout(timer)
        this.#wake.delete(look)
        end()
      }
      this.#wake.add(look)
      look()
    })
  }
}

/** Only a bound for what never comes; the slowest is the 5 s that slow headers are given. */
const PATIENCE_MS = 10_000

function readFrame(buffer: Buffer): { opcode: number; payload: Buffer; bytes: number } | undefined {
  if (buffer.length < 2) return undefined
  const opcode = (buffer[0] ?? 0) & 0x0f
  const short = (buffer[1] ?? 0) & 0x7f
  const start = short < 126 ? 2 : short === 126 ? 4 : 10
  if (buffer.length < start) return undefined
  const length = short < 126 ? short : short === 126 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2))
  if (buffer.length < start + length) return undefined
  return { opcode, payload: buffer.subarray(start, start + length), bytes: start + length }
}

// --- types ---

export interface FrameOptions {
  opcode?: number
  fin?: boolean
  /** The three reserved bits. */
  rsv?: number
  masked?: boolean
}
