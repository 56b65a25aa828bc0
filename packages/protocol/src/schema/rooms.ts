/** Schemas of the `room.` commands. */
import { z } from 'zod'
import { limit, ref, resumePoint, roomId } from './fields.ts'

export const roomOpen = z.strictObject({
  type: z.literal('room.open'),
  ref,
  roomId,
  since: resumePoint.exactOptional(),
  limit: limit.exactOptional(),
})

export const roomClose = z.strictObject({ type: z.literal('room.close'), ref, roomId })

export const roomJoin = z.strictObject({ type: z.literal('room.join'), ref, roomId })

export const roomLeave = z.strictObject({ type: z.literal('room.leave'), ref, roomId })

export const roomList = z.strictObject({ type: z.literal('room.list'), ref })
