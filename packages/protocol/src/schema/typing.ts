/** Schema of `typing.set`. */
import { z } from 'zod'
import { ref, roomId } from './fields.ts'

export const typingSet = z.strictObject({
  type: z.literal('typing.set'),
  ref,
  roomId,
  on: z.boolean('true or false'),
})
