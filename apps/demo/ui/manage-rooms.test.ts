import { beforeEach, describe, expect, test, vi } from 'vitest'
import { addPeopleFor, createRoomFor } from './manage-rooms.ts'

const { upsert, add, getChatSnapshot } = vi.hoisted(() => ({ upsert: vi.fn(), add: vi.fn(), getChatSnapshot: vi.fn() }))
vi.mock('@parlor/next', () => ({ getChatSnapshot }))
vi.mock('@parlor/next/server', () => ({ chat: { rooms: { upsert }, members: { add } } }))

const ada = { id: 'ada', name: 'Ada' }

beforeEach(() => {
  vi.resetAllMocks()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

describe('making a room', () => {
  test('the maker owns it, the others are members, and its id can’t be guessed', async () => {
    const { roomId } = await createRoomFor(ada, formOf({ name: 'Tuesday', people: 'Grace, ADA, grace' }))
    expect(roomId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(upsert).toHaveBeenCalledExactlyOnceWith({
      id: roomId,
      kind: 'private',
      name: 'Tuesday',
      members: [
        { id: 'ada', name: 'Ada', role: 'owner' },
        { id: 'grace', name: 'Grace' },
      ],
    })
  })

  test('nobody makes a room signed out, or one without a name', async () => {
    expect(await createRoomFor(null, formOf({ name: 'Tuesday' }))).toHaveProperty('problem')
    expect(await createRoomFor(ada, formOf({ name: ' \u200b ' }))).toHaveProperty('problem')
    expect(upsert).not.toHaveBeenCalled()
  })

  test('what was typed comes back when the service doesn’t answer', async () => {
    upsert.mockRejectedValue(new Error('unavailable'))
    const result = await createRoomFor(ada, formOf({ name: 'Tuesday', people: 'Grace' }))
    expect(result).toMatchObject({
      name: 'Tuesday',
      people: 'Grace',
      problem: expect.stringContaining('didn’t answer'),
    })
  })
})

describe('adding people', () => {
  test('owners and moderators add those who aren’t there yet', async () => {
    getChatSnapshot.mockResolvedValue({
      me: { role: 'owner' },
      members: [{ userId: 'ada' }, { userId: 'bo', gone: 'left' }],
    })
    expect(await addPeopleFor(ada, 'r', formOf({ people: 'Ada, Bo, Cy' }))).toEqual({ roomId: 'r' })
    expect(add.mock.calls).toEqual([
      ['r', { id: 'bo', name: 'Bo' }],
      ['r', { id: 'cy', name: 'Cy' }],
    ])
  })

  test('nobody else does: not a member, not a visitor, not somebody who can’t see the room', async () => {
    for (const snapshot of [{ me: { role: 'member' }, members: [] }, { me: null, members: [] }, null]) {
      getChatSnapshot.mockResolvedValue(snapshot)
      expect(await addPeopleFor(ada, 'r', formOf({ people: 'Cy' }))).toHaveProperty('problem')
    }
    expect(await addPeopleFor(null, 'r', formOf({ people: 'Cy' }))).toHaveProperty('problem')
    expect(add).not.toHaveBeenCalled()
  })
})

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}
