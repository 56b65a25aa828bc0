'use server'
import { addPeopleFor, createRoomFor } from 'demo/ui/manage-rooms.ts'
/** What the pages ask of the app's server. Each finds out for itself who asks: an action can be called by anybody. */
import { currentUser } from '../auth.ts'

export async function createRoom(form: FormData) {
  return createRoomFor(await currentUser(), form)
}

export async function addPeople(roomId: string, form: FormData) {
  return addPeopleFor(await currentUser(), roomId, form)
}
