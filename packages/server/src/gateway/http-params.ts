/** What the HTTP routes read from an address and a body, checked. */
import {
  ChatError,
  cleanName,
  cleanPicture,
  MAX_PAGE,
  ROOM_ID_PATTERN,
  readUserId as readId,
  type User,
} from '@parlor/protocol'
import type { Request } from 'express'

export function readRoomId(request: Request): string {
  const { roomId } = request.params
  if (typeof roomId === 'string' && ROOM_ID_PATTERN.test(roomId)) return roomId
  throw new ChatError('invalid', { field: 'roomId', hint: 'A room id has up to 128 letters, digits and . _ : @ ~ -' })
}

export function readUserId(request: Request): string {
  const id = readId(request.params.userId)
  if (id === undefined) throw new ChatError('invalid', { field: 'userId', hint: 'A user id has 1 to 255 characters.' })
  return id
}

/** Messages to read; undefined when the address doesn't say. */
export function readLimit(request: Request): number | undefined {
  const { limit } = request.query
  if (limit === undefined) return undefined
  const number = Number(limit)
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PAGE) return number
  throw new ChatError('invalid', { field: 'limit', hint: `A whole number from 1 to ${MAX_PAGE}.` })
}

/** A user as the app's server names one, cleaned as a token's claims are. */
export function readUser(user: {
  id: string
  name?: string | null | undefined
  picture?: string | null | undefined
}): User {
  return { id: user.id, name: cleanName(user.name), picture: cleanPicture(user.picture) }
}
