/** Which room ids anybody may make by using them: the patterns of `PUBLIC_ROOMS`. */

export type IsOpenRoom = (roomId: string) => boolean

/** `*` in a pattern matches any run of characters, the empty one too; everything else matches itself. */
export function createIsOpenRoom(patterns: readonly string[]): IsOpenRoom {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const globs = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'))
  return (roomId) => exact.has(roomId) || globs.some((parts) => matches(roomId, parts))
}

/** Linear in the length of the id: each part is looked for once, from where the one before ended. */
function matches(roomId: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (roomId.length < first.length + last.length || !roomId.startsWith(first) || !roomId.endsWith(last)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = roomId.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= roomId.length - last.length
}
