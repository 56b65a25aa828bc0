/** What the demo's server does with rooms for somebody who is signed in. The apps' Server Actions are one line each. */
import { getChatSnapshot } from '@parlor/next'
import { chat } from '@parlor/next/server'
import { cleanName, type DemoUser, usersOf } from './people.ts'

/**
 * Makes a private room; the maker becomes its owner. The id is random (122 bits): nobody finds a room by trying ids, and
 * the service wouldn't let them in either.
 */
export async function createRoomFor(maker: DemoUser | null, form: FormData): Promise<RoomResult> {
  const name = cleanName(form.get('name'))
  const people = readPeople(form)
  const again = { name, people }
  if (!maker) return { ...again, problem: SIGNED_OUT }
  if (!name) return { ...again, problem: 'Give the room a name.' }
  const others = usersOf(people).filter(({ id }) => id !== maker.id)
  if (others.length > MAX_PEOPLE) return { ...again, problem: `Name at most ${MAX_PEOPLE} people.` }

  const roomId = crypto.randomUUID()
  const members = [{ ...maker, role: 'owner' as const }, ...others]
  const isMade = await attempt(() => chat.rooms.upsert({ id: roomId, kind: 'private', name, members }))
  return isMade ? { roomId } : { ...again, problem: UNREACHABLE }
}

/**
 * Adds people by name to a room. The app's server may do everything in the chat, so it asks first what the person who
 * asks may do: a snapshot is read as that person.
 */
export async function addPeopleFor(asking: DemoUser | null, roomId: string, form: FormData): Promise<RoomResult> {
  const people = readPeople(form)
  if (!asking) return { people, problem: SIGNED_OUT }
  const users = usersOf(people)
  if (users.length === 0) return { people, problem: 'Write at least one name.' }
  if (users.length > MAX_PEOPLE) return { people, problem: `Name at most ${MAX_PEOPLE} people.` }

  const snapshot = await getChatSnapshot(roomId, { limit: 1 })
  if (!snapshot) return { people, problem: UNREACHABLE }
  const role = snapshot.me?.role
  if (role !== 'owner' && role !== 'moderator') return { people, problem: 'Only owners and moderators add people.' }
  for (const user of users) {
    // Adding somebody who is there already would set their role.
    if (snapshot.members.some(({ userId, gone }) => userId === user.id && !gone)) continue
    if (!(await attempt(() => chat.members.add(roomId, user)))) return { people, problem: UNREACHABLE }
  }
  return { roomId }
}

async function attempt(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change()
    return true
  } catch (error) {
    console.error('The chat service refused or didn’t answer:', error instanceof Error ? error.message : error)
    return false
  }
}

function readPeople(form: FormData): string {
  return String(form.get('people') ?? '').slice(0, MAX_PEOPLE_CHARS)
}

const MAX_PEOPLE = 20
const MAX_PEOPLE_CHARS = 1_000
const SIGNED_OUT = 'You’re signed out. Sign in again.'
const UNREACHABLE = 'The chat service didn’t answer. Try again in a moment.'

// --- types ---

/** The room's id when it was done; otherwise what is wrong, and what was typed. */
export interface RoomResult {
  roomId?: string
  problem?: string
  name?: string
  people?: string
}

/** The app's Server Actions: they find out who asks, then call the functions above. */
export type CreateRoom = (form: FormData) => Promise<RoomResult>
export type AddPeople = (roomId: string, form: FormData) => Promise<RoomResult>
