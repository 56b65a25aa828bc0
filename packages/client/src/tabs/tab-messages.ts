/** TabMessages: what tabs say to each other, and where. Tabs of another version of this page don't share with ours. */

/** The lock of a shared connection, and the channel on which its tabs find each other. The number is this page's version. */
export function scopeNameOf(url: string, who: string): string {
  return `parlor relay 1 ${who} ${url}`
}

/** The channel between one follower and its leader, and the lock that the follower holds while it is there. */
export function linkNameOf(scope: string, id: string): string {
  return `${scope} ${id}`
}

/** On the scope's channel. `joins`, `leaves`: a tab, by its id. `leads`: whoever waits for a leader may ask again. */
export type Notice = { kind: 'joins' | 'leaves'; id: string } | { kind: 'leads' }

/** `accepted`: the leader counts this tab in. The others are what a socket tells. */
export type FromLeader =
  | { kind: 'accepted' | 'opened' }
  | { kind: 'frame'; text: string }
  | { kind: 'closed'; code: number; reason: string }

export type FromFollower = { kind: 'frame'; text: string } | { kind: 'close'; code: number; reason: string }

/** Whatever else is said on a channel of ours, by another script of this origin, is no message of a tab. */
export function readNotice(message: unknown): Notice | undefined {
  const { kind, id } = fieldsOf(message)
  if (kind === 'leads') return { kind }
  return (kind === 'joins' || kind === 'leaves') && typeof id === 'string' ? { kind, id } : undefined
}

export function readFromLeader(message: unknown): FromLeader | Echo | undefined {
  const { kind, text, code, reason } = fieldsOf(message)
  if (kind === 'accepted' || kind === 'opened' || kind === 'gone') return { kind }
  if (kind === 'frame') return typeof text === 'string' ? { kind, text } : undefined
  return kind === 'closed' ? readEnd(kind, code, reason) : undefined
}

export function readFromFollower(message: unknown): FromFollower | undefined {
  const { kind, text, code, reason } = fieldsOf(message)
  if (kind === 'frame') return typeof text === 'string' ? { kind, text } : undefined
  return kind === 'close' ? readEnd(kind, code, reason) : undefined
}

function readEnd<Kind>(kind: Kind, code: unknown, reason: unknown) {
  return typeof code === 'number' && typeof reason === 'string' ? { kind, code, reason } : undefined
}

function fieldsOf(message: unknown): Record<string, unknown> {
  return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : {}
}

/** From a follower to itself, the same way as its leader's last words, so that they come first. */
export interface Echo {
  kind: 'gone'
}
