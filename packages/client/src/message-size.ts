/** MessageSize: what the service would refuse for its size, told before it is sent: a frame too large ends the connection. */
import { type JsonObject, MAX_DATA_BYTES, MAX_TEXT_BYTES, type Welcome } from '@parlor/protocol'
import { ChatError } from './errors.ts'

/** Why this message can't be sent; undefined if it fits. */
export function findMisfit(
  { text, data }: { text: string; data?: JsonObject },
  limits: Welcome['limits'] | undefined,
): ChatError | undefined {
  if (limits && (text.length > limits.textChars || bytesOf(text) > MAX_TEXT_BYTES)) {
    return new ChatError('message_too_long', { hint: `At most ${limits.textChars} characters.` })
  }
  if (data && bytesOf(JSON.stringify(data)) > MAX_DATA_BYTES) {
    return new ChatError('invalid', { field: 'data', hint: `At most ${MAX_DATA_BYTES} bytes of JSON.` })
  }
  return undefined
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
