import { redirect } from 'next/navigation'
import { currentUser } from '../../../auth.ts'
import { type RoomPageProps, roomIdOf, signInPath } from '../../../ui/paths.ts'
import { RoomPage, roomMetadata } from '../../../ui/room-page.tsx'
import { addPeople } from '../../actions.ts'

export async function generateMetadata({ params }: RoomPageProps) {
  return roomMetadata(await roomIdOf(params))
}

export default async function Page({ params }: RoomPageProps) {
  const roomId = await roomIdOf(params)
  if (!(await currentUser())) redirect(signInPath(roomId))
  return <RoomPage roomId={roomId} addPeople={addPeople} />
}
