import { expect, test } from 'vitest'
import { rowsOf } from './facts.ts'

test('[G2] a row is the same whatever the order of its fields, and another one whatever small thing differs', () => {
  const user = { id: 'ann', name: 'Ann' }
  const told = {
    message: { id: 'm', version: 3, user, deletedAt: 7, reactions: [{ emoji: '👍', userIds: ['ann', 'bo'] }] },
  }
  const read = {
    messages: [
      { reactions: told.message.reactions, deletedAt: 7, user: { name: 'Ann', id: 'ann' }, version: 3, id: 'm' },
    ],
  }
  const other = { message: { ...told.message, reactions: [{ emoji: '👍', userIds: ['bo', 'ann'] }] } }
  const [json, jsonRead, jsonOther] = [told, read, other].map((item) => rowsOf(item, { at: 0 })[0]?.json)
  expect(jsonRead).toBe(json)
  expect(jsonOther).not.toBe(json)
})
