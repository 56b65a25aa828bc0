/** The fields that several commands share: each says in one sentence what it takes, and never repeats what it was given. */
import { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import {
  MAX_DATA_BYTES,
  MAX_EMOJI_CHARS,
  MAX_PAGE,
  MAX_TEXT_CHARS,
  MAX_USER_ID_CHARS,
  MESSAGE_ID_PATTERN,
  ROOM_ID_PATTERN,
} from '../limits.ts'
import type { JsonObject } from '../rows.ts'

const ROOM_ID = 'a room id: 1 to 128 characters, letters, digits and ._:@~-, the first a letter or a digit'
export const roomId = z.string(ROOM_ID).regex(ROOM_ID_PATTERN, ROOM_ID)

const UUID = 'a UUID in lower case, such as 019e2a7c-6f00-7000-8000-000000000001'
export const messageId = z.string(UUID).regex(MESSAGE_ID_PATTERN, UUID)

const USER_ID = `a user id: 1 to ${MAX_USER_ID_CHARS} characters, no control characters`
export const userId = z
  .string(USER_ID)
  .min(1, USER_ID)
  .max(MAX_USER_ID_CHARS, USER_ID)
  .refine((id) => !ANY_CONTROL.test(id), USER_ID)

/** Any text of a message; whether it may be empty is for the command to say (`hasContent`). */
export const text = z
  .string('a string')
  .refine(
    (value) => value.length <= MAX_TEXT_CHARS,
    refusal('message_too_long', `at most ${MAX_TEXT_CHARS} characters`),
  )
  .refine((value) => !CONTROL_IN_TEXT.test(value), 'text without control characters other than tab, CR and LF')

// The bytes of what JSON.stringify makes are what the store keeps.
const DATA = `a JSON object of at most ${MAX_DATA_BYTES} bytes`
export const data: z.ZodType<JsonObject> = z
  .record(z.string(), z.unknown(), DATA)
  .refine((value) => jsonBytes(value) <= MAX_DATA_BYTES, DATA) as z.ZodType<unknown> as z.ZodType<JsonObject>

const EMOJI = `one emoji, or a name such as :shipit:, of at most ${MAX_EMOJI_CHARS} UTF-16 code units`
export const emoji = z
  .string(EMOJI)
  .max(MAX_EMOJI_CHARS, EMOJI)
  .refine((value) => ONE_EMOJI.test(value), EMOJI)

export const role = z.enum(['owner', 'moderator', 'member', 'guest'], 'owner, moderator, member or guest')

const SEQ = 'a change number: an integer from 0'
export const seq = z.int(SEQ).min(0, SEQ)

const REF = 'an integer from 0, of your choice'
export const ref = z.int(REF).min(0, REF)

const LIMIT = `an integer from 1 to ${MAX_PAGE}`
export const limit = z.int(LIMIT).min(1, LIMIT).max(MAX_PAGE, LIMIT)

/** Epochs are short random ids; this only bounds what is looked up. */
const MAX_EPOCH_CHARS = 128
const EPOCH = 'an epoch, as the service gave it'
const epoch = z.string(EPOCH).max(MAX_EPOCH_CHARS, EPOCH)

export const position = z.strictObject({ epoch, seq }, 'a position: {epoch, seq}')

export const resumePoint = z.strictObject(
  { epoch, seq, newest: z.strictObject({ seq, id: messageId }, 'a pair: {seq, id}').exactOptional() },
  'a resume point: {epoch, seq, newest?}',
)

/** Whether a message would say anything: blank text without data is no message. */
export function hasContent(message: { text?: string; data?: JsonObject | null }): boolean {
  return VISIBLE.test(message.text ?? '') || Boolean(message.data)
}

/** The parameters of a zod check that fails with another code than `invalid`. */
export function refusal(code: ErrorCode, message: string) {
  return { message, params: { code } }
}

/** The bytes of a value's JSON in UTF-8. */
function jsonBytes(value: unknown): number {
  const json = JSON.stringify(value)
  return json.length > MAX_DATA_BYTES ? json.length : new TextEncoder().encode(json).length
}

const ANY_CONTROL = /\p{Cc}/u
const CONTROL_IN_TEXT = /(?![\t\n\r])\p{Cc}/u

/** As Unicode recommends them for interchange, or as keyboards send them without a variation selector; or a name. */
const ONE_EMOJI = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}|:[a-z0-9_+\-]+:)$/v

/** Anything that shows: the braille blank and the fillers are letters to Unicode, and nothing to the eye. */
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\u2800]/u
