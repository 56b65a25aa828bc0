/** CloseError: what a close code says to a developer, where no error came before it. */
import { CLOSE_CODES } from '@parlor/protocol'
import { ChatError } from './errors.ts'

/** The error that stands for the end of a socket. `wasOpened` false: it never got as far as a hello. */
export function errorOfClose(code: number, reason: string, wasOpened: boolean): ChatError {
  const [, action, meaning] = Object.values(CLOSE_CODES).find(([number]) => number === code) ?? []
  const message = `The connection closed with ${code}${reason && `, ${reason}`}.${meaning ? ` ${meaning}` : ''}`
  if (code === CLOSE_CODES.revoked[0]) return new ChatError('session_revoked', { message })
  if (code === CLOSE_CODES.expired[0]) return new ChatError('expired', { message })
  if (code === CLOSE_CODES.version[0]) return new ChatError('version_unsupported', { message })
  if (action === 'final' || (action === undefined && code >= 4000))
    return new ChatError('connection_closed', { message })
  if (wasOpened) return new ChatError('connection_lost', { message })
  return new ChatError('connection_failed', { message, hint: 'Is the chat service running, and is this its address?' })
}
