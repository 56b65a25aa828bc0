/** Who may do what in a room: one table, asked by the service inside its transactions and by the client for its buttons. */
import { ROLES, type Role, type RoomKind } from './rows.ts'

export type Action =
  | 'room.read'
  | 'room.join'
  | 'room.update'
  | 'member.add'
  | 'member.remove'
  | 'member.update'
  | 'message.send'
  | 'message.react'
  | 'message.edit.own'
  | 'message.delete.own'
  | 'message.delete.any'

/** What a person is to a room: a role, `visitor` (never joined, or left), or `removed` (by somebody else). */
export type Standing = Role | 'visitor' | 'removed'

/** Whether somebody of this standing may do this in a room of this kind. `removed` may only join a public room again. */
export function can(action: Action, kind: RoomKind, standing: Standing): boolean {
  if (standing === 'removed') return action === 'room.join' && kind === 'public'
  if (standing === 'visitor') return kind === 'public' && VISITOR_ACTIONS.has(action)
  if (kind === 'direct' && DIRECT_NEVER.has(action)) return false
  return ALLOWED[action].includes(standing)
}

/** Whether a role is as high as another, or higher: nobody gives, changes or removes a role above their own. */
export function isAtLeast(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(other)
}

/** Sending and reacting in a public room join it in the same transaction. */
const VISITOR_ACTIONS: ReadonlySet<Action> = new Set(['room.read', 'room.join', 'message.send', 'message.react'])

/** A direct room is its two people, for good. */
const DIRECT_NEVER: ReadonlySet<Action> = new Set(['member.add', 'member.remove', 'member.update', 'room.update'])

const EVERYBODY: readonly Role[] = ['owner', 'moderator', 'member', 'guest']
const WRITERS: readonly Role[] = ['owner', 'moderator', 'member']
const STAFF: readonly Role[] = ['owner', 'moderator']

const ALLOWED: Record<Action, readonly Role[]> = {
  'room.read': EVERYBODY,
  'room.join': EVERYBODY,
  'room.update': STAFF,
  'member.add': STAFF,
  'member.remove': STAFF,
  'member.update': STAFF,
  'message.send': WRITERS,
  'message.react': WRITERS,
  'message.edit.own': WRITERS,
  'message.delete.own': WRITERS,
  'message.delete.any': STAFF,
}
