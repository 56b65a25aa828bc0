/** UUID version 7 (RFC 9562, section 5.7): ids that sort by the time they were made. */

/** A new id. Ids of one page are strictly increasing, also within a millisecond and when the clock steps back. */
export function uuidv7(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  // rand_a as a counter (RFC 9562, section 6.2, method 1); past 4,095 in one ms the time runs ahead by one.
  if (nowMs > last.ms) last = { ms: nowMs, count: (bytes[6] ?? 0) << 3 }
  else if (last.count < 0xfff) last = { ms: last.ms, count: last.count + 1 }
  else last = { ms: last.ms + 1, count: 0 }
  for (let i = 0, ms = last.ms; i < 6; i++, ms = Math.floor(ms / 256)) bytes[5 - i] = ms % 256
  bytes[6] = 0x70 | (last.count >> 8)
  bytes[7] = last.count & 0xff
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

let last = { ms: 0, count: 0 }
