/** Schemas of `hello`, `session.refresh` and `ping`. */
import { z } from 'zod'
import { MAX_TOKEN_CHARS } from '../session-token.ts'
import { ref, refusal, resumePoint, roomId } from './fields.ts'

const TOKEN = `a token: a string of at most ${MAX_TOKEN_CHARS} characters`
const token = z
  .string(TOKEN)
  .refine((value) => value !== '', refusal('token_missing', TOKEN))
  .refine((value) => value.length <= MAX_TOKEN_CHARS, refusal('token_malformed', TOKEN))

const CLIENT = 'a short name such as @parlor/client/0.1.0'
const client = z
  .string(CLIENT)
  .max(128, CLIENT)
  .refine((value) => !/\p{Cc}/u.test(value), CLIENT)

const ROOMS = 'an array of {roomId, epoch, seq, newest?}, each room once'
const rooms = z
  .array(resumePoint.extend({ roomId }), ROOMS)
  .refine((list) => new Set(list.map((room) => room.roomId)).size === list.length, ROOMS)

export const hello = z.strictObject({
  type: z.literal('hello'),
  ref,
  token: token.exactOptional(),
  rooms: rooms.exactOptional(),
  client: client.exactOptional(),
})

export const sessionRefresh = z.strictObject({ type: z.literal('session.refresh'), ref, token })

export const ping = z.strictObject({ type: z.literal('ping'), ref })
