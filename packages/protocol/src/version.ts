/** The protocol's version: what the client and the service must agree on before anything else. */

/** The WebSocket subprotocol that both sides name at the upgrade. */
export const SUBPROTOCOL = 'parlor.v1'

/** The path of the WebSocket endpoint, and the prefix of every HTTP route. */
export const WS_PATH = '/v1/ws'

/** One line per change of the wire, newest last; a test pins the hash of the command schemas to the newest line. */
export const PROTOCOL_HISTORY = [
  { version: 1, date: '2026-11-23', change: 'First protocol: sign-in, rooms, members, messages, reactions, history.' },
  { version: 2, date: '2026-11-25', change: 'Signals: typing, presence.' },
] as const

/** The newest version in `PROTOCOL_HISTORY`; sent in `welcome`. */
export const PROTOCOL_VERSION = 2
