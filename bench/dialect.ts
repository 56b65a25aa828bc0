/** Dialect is how to talk with one kind of server: how to connect, join a room, and send a message into it. */
import { createTokenMaker } from './chat-token.ts'

export const PEERS = ['parlor', 'socket.io', 'ws loop', 'bun'] as const

/** The dialect of a peer. `secret` signs the tokens that Parlor asks for. */
export function createDialect(peer: PeerName, secret: string): Dialect {
  if (peer === 'parlor') return createParlorDialect(secret)
  return peer === 'socket.io' ? SOCKET_IO : PLAIN
}

/** A text is a message, whoever is in the room gets it, and `joined` says that one is. */
const PLAIN: Dialect = {
  upgrade: (room) => `GET /?room=${room} HTTP/1.1\r\n`,
  answer: () => undefined,
  isReady: (text) => text === 'joined',
  message: (_room, _counter, payload) => payload,
  hasAcks: false,
}

/** Engine.IO's and Socket.IO's packets: 0 open, 2 ping, 3 pong, 40 connect, 42 event. */
const SOCKET_IO: Dialect = {
  upgrade: (room) => `GET /socket.io/?EIO=4&transport=websocket&room=${room} HTTP/1.1\r\n`,
  answer: (text) => (text === '2' ? '3' : text.startsWith('0{') ? '40' : undefined),
  isReady: (text) => text === '42["joined"]',
  message: (_room, _counter, payload) => `42["message","${payload}"]`,
  hasAcks: false,
}

function createParlorDialect(secret: string): Dialect {
  const makeToken = createTokenMaker(secret)
  let serial = 0
  return {
    upgrade: () => 'GET /v1/ws HTTP/1.1\r\nSec-WebSocket-Protocol: parlor.v1\r\n',
    // One round trip: the token, and the room that was open before, where nothing was missed.
    greeting: (user, roomId, position) => {
      const rooms = [{ roomId, ...(position ?? { epoch: '', seq: 0 }) }]
      return JSON.stringify({ type: 'hello', ref: 0, token: makeToken(user), rooms })
    },
    answer: (text) => {
      if (text.includes('"error":')) throw new Error(`Parlor refused: ${text}`)
      if (text.includes('"reset":')) throw new Error('Parlor did not know the position to resume from')
      return undefined
    },
    isReady: (text) => text.includes('"type":"room.opened"'),
    message: (roomId, counter, payload) =>
      `{"type":"message.send","ref":${counter + 1},"roomId":"${roomId}","id":"${makeId(serial++)}","text":"${payload}"}`,
    hasAcks: true,
  }
}

/** A UUIDv7 whose last 48 bits count: never the same twice in one run. */
function makeId(serial: number): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${serial.toString(16).padStart(12, '0')}`
}

// --- types ---

export type PeerName = (typeof PEERS)[number]

export interface Dialect {
  /** The request line, and headers of its own. */
  upgrade(room: string): string
  /** The first frame after the upgrade. */
  greeting?(user: string, room: string, position: Position | undefined): string
  /** What must be answered to a frame that is no message; undefined if nothing. */
  answer(text: string): string | undefined
  /** Whether this frame says that the connection is in its room. */
  isReady(text: string): boolean
  message(room: string, counter: number, payload: string): string
  /** Whether every message is answered, with `"ref": counter + 1`. */
  hasAcks: boolean
}

/** Where a client of Parlor stands in its room. */
export interface Position {
  epoch: string
  seq: number
}
