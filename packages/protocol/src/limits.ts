/** The limits that the protocol itself fixes, because both sides must agree on them. */

/** Longest room id, in characters; ids match `ROOM_ID_PATTERN`. */
export const ROOM_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,127}$/

/** A message id is a lower-case UUID; clients of ours make version 7, so that ids sort by time. */
export const MESSAGE_ID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Longest user id, in characters (the longest `sub` that OpenID Connect Core 1.0, section 2, allows). */
export const MAX_USER_ID_CHARS = 255

/** Largest client frame, in bytes of UTF-8 (Centrifugo's default). */
export const MAX_FRAME_BYTES = 65_536

/** Longest message text, in UTF-16 code units; with `MAX_TEXT_BYTES` a message always fits a frame. */
export const MAX_TEXT_CHARS = 4_000

/** Largest message text, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 16_384

/** Largest `data` of a message or a room, in bytes of its JSON. */
export const MAX_DATA_BYTES = 8_192

/** Deepest nesting of objects and arrays inside `data`. */
export const MAX_DATA_DEPTH = 8

/** Longest reaction, in UTF-16 code units: the longest emoji sequences of Unicode 16 have fewer than 32. */
export const MAX_EMOJI_CHARS = 32

/** Distinct emoji on one message. */
export const MAX_EMOJI_PER_MESSAGE = 20

/** Reactions on one message, all emoji together: they travel with the message's row. */
export const MAX_REACTIONS_PER_MESSAGE = 1_000

/** Most messages in one page of history. */
export const MAX_PAGE = 100

/** Messages in a page when the command doesn't say. */
export const DEFAULT_PAGE = 50

/** Most changed rows that a catch-up sends before it becomes a reset (Centrifugo's replay limit). */
export const MAX_CATCH_UP_ROWS = 300

/**
 * About the most bytes of changed rows that a catch-up sends before it becomes a reset: a frame shows no progress until it
 * is whole, and a client gives up a connection on which nothing came for 35 s, so the slowest line that gets it has 40 KB/s.
 */
export const MAX_CATCH_UP_BYTES = 1_048_576

/** Members sent when a room is opened; more are paged with `member.list`. */
export const MEMBERS_ON_OPEN = 100

/** Writing is over this long after it was last said, in ms; a client says it again every `TYPING_RENEW_MS` meanwhile. */
export const TYPING_TTL_MS = 6_000

/** How often a client says again that its user is writing, in ms: one lost frame ends nothing. */
export const TYPING_RENEW_MS = 2_500

/** Writers that are named; of more, only the number is told. */
export const MAX_TYPERS = 5

/** Most people in a room who are all named. */
export const MAX_PRESENT_LISTED = 100

/** How many are named of more, so that frames stay small. */
export const PRESENT_SAMPLE = 20

/** Longest name of a user or a room, in UTF-16 code units; longer names are cut. */
export const MAX_NAME_CHARS = 128

/** Longest address of a picture, in characters; longer ones, and any that isn't http(s) or a path, are dropped. */
export const MAX_PICTURE_CHARS = 2_048
