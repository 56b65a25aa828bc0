/** Profiles are the ways in which people use chat, at the busiest hour of the day: what a plan is for. */

export const PROFILES: readonly Profile[] = [
  {
    name: 'support chat',
    kinds: [{ name: 'conversations', share: 1, connections: 2, messagesPerMinute: 0.2 }],
    roomsPerConnection: 1,
    watched: 1,
    connectsPerHour: 6,
    what: 'a customer and an agent in each room, and in most of them nobody writes right now',
  },
  {
    name: 'team chat',
    kinds: [
      { name: 'direct', share: 0.6, connections: 5, messagesPerMinute: 1 },
      { name: 'channels', share: 0.3, connections: 30, messagesPerMinute: 3 },
      { name: 'all hands', share: 0.1, connections: 300, messagesPerMinute: 6 },
    ],
    roomsPerConnection: 3,
    watched: 0.3,
    connectsPerHour: 2,
    what: 'three rooms open: direct ones, channels, one for all hands',
  },
  {
    name: 'live event',
    kinds: [
      { name: 'stages', share: 0.8, connections: 2_000, messagesPerMinute: 60 },
      { name: 'the main stage', share: 0.2, connections: 10_000, messagesPerMinute: 300 },
    ],
    roomsPerConnection: 1,
    // In rooms that are on every node, each of them would tell all the others.
    watched: 0,
    connectsPerHour: 2,
    what: 'rooms of thousands, in which a few talk and the others read',
  },
]

/** The sizes of service that the page plans. */
export const SIZES: readonly number[] = [10_000, 1_000_000, 10_000_000]

/** The rooms of a profile with so many connections. A room is never larger than the part of the crowd that is in such rooms. */
export function listRooms(profile: Profile, connections: number): RoomsOfAKind[] {
  return profile.kinds.map(({ share, connections: size, messagesPerMinute }) => {
    const seats = connections * profile.roomsPerConnection * share
    const inEach = Math.min(size, seats)
    return {
      count: Math.max(1, Math.round(seats / inEach)),
      connections: inEach,
      messagesPerSecond: messagesPerMinute / 60,
    }
  })
}

// --- types ---

export interface Profile {
  name: string
  what: string
  kinds: readonly Kind[]
  /** Rooms that a connection follows at a time. */
  roomsPerConnection: number
  /** Of the rooms, those in which somebody's page shows who is there. */
  watched: number
  /** How often one reconnects: pages that load, networks that change. */
  connectsPerHour: number
}

interface Kind {
  name: string
  /** Of all the places in rooms, how many are in rooms of this kind. */
  share: number
  /** In each room. */
  connections: number
  /** In each room. */
  messagesPerMinute: number
}

export interface RoomsOfAKind {
  count: number
  /** In each. */
  connections: number
  /** In each. */
  messagesPerSecond: number
}
