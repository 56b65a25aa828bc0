/** RoomPage reads a room on the server, so that the first HTML has its messages, and hands over to the browser. */
import { getChatSnapshot } from '@parlor/next'
import type { Metadata } from 'next'
import { cache } from 'react'
import type { AddPeople } from './manage-rooms.ts'
import { Room } from './room.tsx'
import { roomNameOf } from './rooms.ts'

export async function RoomPage({ roomId, addPeople }: RoomPageProps) {
  // Null when the service doesn't answer in time: the page comes all the same, and the browser goes on trying.
  const initial = await readRoom(roomId)
  return <Room key={roomId} roomId={roomId} initial={initial} addPeople={addPeople} />
}

export async function roomMetadata(roomId: string): Promise<Metadata> {
  const name = roomNameOf((await readRoom(roomId))?.room ?? { id: roomId, name: null })
  return { title: name === roomId ? 'Room' : name }
}

/** Once for each request, although the title needs it too. */
const readRoom = cache((roomId: string) => getChatSnapshot(roomId))

// --- types ---

interface RoomPageProps {
  roomId: string
  addPeople: AddPeople
}
