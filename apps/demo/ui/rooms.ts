/** The public rooms of the demo. The service makes them on first use, because its `PUBLIC_ROOMS` names them. */

export const PUBLIC_ROOMS: readonly PublicRoom[] = [
  { id: 'general', name: 'General', topic: 'Where everybody comes in', tone: 0, layout: 0 },
  { id: 'random', name: 'Random', topic: 'Anything that has nothing to do with work', tone: 2, layout: 2 },
  { id: 'design', name: 'Design', topic: 'Drafts, doubts and second opinions', tone: 1, layout: 1 },
]

/** What to call a room: the name it was given, the demo's own name for a public room, or its id. */
export function roomNameOf(room: { id: string; name: string | null }): string {
  return room.name ?? PUBLIC_ROOMS.find(({ id }) => id === room.id)?.name ?? room.id
}

/** The line under a room's name. */
export function topicOf(roomId: string): string | undefined {
  return PUBLIC_ROOMS.find(({ id }) => id === roomId)?.topic
}

// --- types ---

export interface PublicRoom {
  id: string
  name: string
  topic: string
  /** The colour of its mark, one of five, and the tables in it; the floor plan has the same. */
  tone: number
  layout: number
}
