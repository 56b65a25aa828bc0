/** About how many bytes a row takes in this process's memory. */
import type { MemberRow, MessageRow } from '@parlor/protocol'

/** An estimate that errs upwards: strings as two bytes a character, whatever they hold. */
export function sizeOf(row: MemberRow | MessageRow): number {
  if (!('text' in row)) return ROW_BYTES + 2 * ((row.name?.length ?? 0) + (row.picture?.length ?? 0))
  let chars = row.text.length + (row.user.picture?.length ?? 0)
  if (row.data) chars += JSON.stringify(row.data).length
  for (const { userIds } of row.reactions) chars += userIds.length * USER_ID_CHARS
  return ROW_BYTES + 2 * chars
}

/** An object with its ids, numbers and place in a map (measured: 350 to 450 bytes without texts). */
const ROW_BYTES = 500

/** A UUID with its place in a list. */
const USER_ID_CHARS = 40
