/** The route behind the room list: the rooms of whoever is signed in. */
import { getChatRooms } from '@parlor/next'

/** 200 with the list, or 503 while the chat doesn't answer or nobody is signed in. */
export async function GET(): Promise<Response> {
  const rooms = await getChatRooms()
  return Response.json(rooms, { status: rooms ? 200 : 503, headers: { 'cache-control': 'no-store' } })
}
