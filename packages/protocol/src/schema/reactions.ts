/** Schema of `message.react`. */
import { z } from 'zod'
import { emoji, messageId, ref, roomId } from './fields.ts'

export const messageReact = z.strictObject({
  type: z.literal('message.react'),
  ref,
  roomId,
  id: messageId,
  emoji,
  on: z.boolean('true or false'),
})
