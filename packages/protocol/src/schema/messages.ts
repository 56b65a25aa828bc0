/** Schemas of the `message.` commands, reactions excepted. */
import { z } from 'zod'
import { data, hasContent, limit, messageId, position, ref, refusal, roomId, seq, text } from './fields.ts'

const CONTENT = 'text that is not blank, or data'

const ATTEMPT = 'an integer from 1'

export const messageSend = z
  .strictObject({
    type: z.literal('message.send'),
    ref,
    roomId,
    id: messageId,
    text,
    data: data.exactOptional(),
    after: messageId.exactOptional(),
    attempt: z.int(ATTEMPT).min(1, ATTEMPT).exactOptional(),
  })
  .refine(hasContent, refusal('message_empty', CONTENT))

/** Whether anything is left is for the store to say, which knows what the edit keeps. */
export const messageEdit = z
  .strictObject({
    type: z.literal('message.edit'),
    ref,
    roomId,
    id: messageId,
    text: text.exactOptional(),
    data: data.nullable().exactOptional(),
    editId: messageId,
    baseVersion: seq,
  })
  .refine((edit) => edit.text !== undefined || edit.data !== undefined, 'text, data or both')

export const messageDelete = z.strictObject({ type: z.literal('message.delete'), ref, roomId, id: messageId })

export const messageCancel = z.strictObject({ type: z.literal('message.cancel'), ref, roomId, id: messageId })

export const messageList = z
  .strictObject({
    type: z.literal('message.list'),
    ref,
    roomId,
    before: seq.exactOptional(),
    after: seq.exactOptional(),
    around: messageId.exactOptional(),
    limit: limit.exactOptional(),
    position: position.exactOptional(),
  })
  .refine(
    (list) => [list.before, list.after, list.around].filter((edge) => edge !== undefined).length <= 1,
    'at most one of before, after and around',
  )
