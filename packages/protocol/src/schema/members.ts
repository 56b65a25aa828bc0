/** Schemas of the `member.` commands. */
import { z } from 'zod'
import { limit, ref, role, roomId, userId } from './fields.ts'

export const memberAdd = z.strictObject({
  type: z.literal('member.add'),
  ref,
  roomId,
  userId,
  role: role.exactOptional(),
})

export const memberRemove = z.strictObject({ type: z.literal('member.remove'), ref, roomId, userId })

export const memberUpdate = z.strictObject({ type: z.literal('member.update'), ref, roomId, userId, role })

export const memberList = z.strictObject({
  type: z.literal('member.list'),
  ref,
  roomId,
  after: userId.exactOptional(),
  limit: limit.exactOptional(),
})
