/** Schemas of the `presence.` commands. */
import { z } from 'zod'
import { ref, roomId } from './fields.ts'

export const presenceSet = z.strictObject({
  type: z.literal('presence.set'),
  ref,
  state: z.enum(['online', 'away'], 'online or away'),
})

export const presenceWatch = z.strictObject({
  type: z.literal('presence.watch'),
  ref,
  roomId,
  on: z.boolean('true or false'),
})
