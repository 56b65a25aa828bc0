/** The 120-byte text that every message carries: a mark to find it by, its sender and its number. */

/** Bytes of a payload; all of them ASCII that JSON doesn't escape. */
export const PAYLOAD_BYTES = 120

/** The text of a sender's message number `counter`. `sender` is below 100, `counter` below 100,000,000. */
export function makePayload(sender: number, counter: number): string {
  return MARK_TEXT + String(sender).padStart(2, '0') + String(counter).padStart(8, '0') + FILLER
}

/**
 * Where the next payload begins, at or after `from` and before `end`; -1 if there is none. `guess` is where it probably
 * is (payloads in one frame are equally far apart), which saves the search.
 */
export function findPayload(bytes: Buffer, from: number, end: number, guess: number): number {
  if (guess >= from && guess + PAYLOAD_BYTES <= end && isMark(bytes, guess)) return guess
  const at = bytes.indexOf(MARK, from)
  return at >= 0 && at + PAYLOAD_BYTES <= end ? at : -1
}

/** Who sent the payload at this place. */
export function readSender(bytes: Buffer, at: number): number {
  return readDigits(bytes, at + MARK.length, 2)
}

/** Its number among the messages of its sender. */
export function readCounter(bytes: Buffer, at: number): number {
  return readDigits(bytes, at + MARK.length + 2, 8)
}

function readDigits(bytes: Buffer, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) value = value * 10 + (bytes[i] ?? 0) - 48
  return value
}

function isMark(bytes: Buffer, at: number): boolean {
  for (let i = 0; i < MARK.length; i++) if (bytes[at + i] !== MARK[i]) return false
  return true
}

// No header of a frame, id or timestamp can look like it.
const MARK_TEXT = '@@bench@'
const MARK = Buffer.from(MARK_TEXT)
const FILLER =
  ' The quick brown fox jumps over the lazy dog, and the dog looks at the fox and thinks nothing of it at all.'.slice(
    0,
    PAYLOAD_BYTES - MARK_TEXT.length - 10,
  )
