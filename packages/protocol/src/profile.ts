/** What of a token's or an app's word about a person is kept: an id that is one, a name and a picture that do no harm. */
import { MAX_NAME_CHARS, MAX_PICTURE_CHARS, MAX_USER_ID_CHARS } from './limits.ts'

/**
 * A user id: a string of 1 to 255 characters, or a safe integer, which becomes one. Undefined for anything else, and for
 * ids with control characters or half a surrogate pair: a database would change those, and two people could become one.
 */
export function readUserId(value: unknown): string | undefined {
  const id = Number.isSafeInteger(value) ? String(value) : value
  if (typeof id !== 'string' || id === '' || id.length > MAX_USER_ID_CHARS) return undefined
  return UNSTORABLE.test(id) ? undefined : id
}

/** A name to show: one line, cut to `MAX_NAME_CHARS`, without characters that hide or turn around what stands beside it. */
export function cleanName(value: unknown): string | null {
  if (typeof value !== 'string') return null
  // Cut first, generously: the rest costs no more for a name of a megabyte.
  const name = value
    .slice(0, MAX_NAME_CHARS * 8)
    .replace(LONE_SURROGATES, '')
    .replace(/\s+/g, ' ')
    .replace(DECEPTIVE, '')
    .replace(JOINERS_OUT_OF_PLACE, '')
    .normalize('NFC')
    .trim()
    .slice(0, MAX_NAME_CHARS)
    .replace(LONE_SURROGATES, '')
    .trim()
  return name || null
}

/** The address of a picture: http(s), or a path on the app's own origin. Null for others (`data:` too) and for long ones. */
export function cleanPicture(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_PICTURE_CHARS || UNSTORABLE.test(value)) return null
  // `//host` and `/\host` look like paths and are addresses elsewhere.
  if (/^\/(?![/\\])/.test(value)) return value
  return /^https?:\/\/[^\s]+$/i.test(value) ? value : null
}

const LONE_SURROGATES = /\p{Surrogate}/gu

const UNSTORABLE = /\p{Control}|\p{Surrogate}/u

/** Controls, and characters that Unicode says are not to be seen: bidi marks, zero-width spaces, fillers, tags. */
const DECEPTIVE =
  /\p{Control}|\u2028|\u2029|[\uFFF9-\uFFFB]|(?!\u200C|\u200D|\uFE0E|\uFE0F)\p{Default_Ignorable_Code_Point}/gu

/** Of those some belong to emoji and to Arabic-script spelling, where they show; anywhere else they make look-alikes. */
const JOINERS_OUT_OF_PLACE =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)\u200D|\u200D(?!\p{Extended_Pictographic})|(?<!\p{Script=Arabic})\u200C|\u200C(?!\p{Script=Arabic})|(?<!\p{Emoji})(?:\uFE0E|\uFE0F)/gu
