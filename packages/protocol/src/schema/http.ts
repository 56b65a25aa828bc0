/** Schemas of the bodies that the HTTP routes take. */
import { z } from 'zod'
import type { MemberPutBody, MessagePostBody, RevokeBody, RoomUpsertBody } from '../http.ts'
import { data, hasContent, messageId, refusal, role, text, userId } from './fields.ts'

/** Longer names and pictures are cut or dropped by the service; this only bounds what it looks at. */
const MAX_PROFILE_CHARS = 8_192

/** One upsert is one transaction that holds the room's lock: bigger groups are added in several. */
const MAX_UPSERT_MEMBERS = 1_000

const PROFILE = `null, or a string of at most ${MAX_PROFILE_CHARS} characters`
const profileText = z.string(PROFILE).max(MAX_PROFILE_CHARS, PROFILE).nullable().exactOptional()

const MEMBERS = `an array of at most ${MAX_UPSERT_MEMBERS} {id, name?, picture?, role?}`
const SID = 'the sid of a session: 1 to 255 characters'

/** `PUT /v1/rooms/:roomId` */
export const roomUpsertBody = z.strictObject({
  kind: z.enum(['public', 'private', 'direct'], 'public, private or direct').exactOptional(),
  name: profileText,
  members: z
    .array(z.strictObject({ id: userId, name: profileText, picture: profileText, role: role.exactOptional() }), MEMBERS)
    .max(MAX_UPSERT_MEMBERS, MEMBERS)
    .exactOptional(),
}) satisfies z.ZodType<RoomUpsertBody>

/** `PUT /v1/rooms/:roomId/members/:userId` */
export const memberPutBody = z.strictObject({
  name: profileText,
  picture: profileText,
  role: role.exactOptional(),
}) satisfies z.ZodType<MemberPutBody>

/** `POST /v1/rooms/:roomId/messages` */
export const messagePostBody = z
  .strictObject({
    id: messageId.exactOptional(),
    user: z.strictObject({ id: userId, name: profileText, picture: profileText }),
    text,
    data: data.exactOptional(),
  })
  .refine(hasContent, refusal('message_empty', 'text that is not blank, or data')) satisfies z.ZodType<MessagePostBody>

/** `POST /v1/sessions/revoke` */
export const revokeBody = z.strictObject({
  sid: z.string(SID).min(1, SID).max(255, SID),
}) satisfies z.ZodType<RevokeBody>
