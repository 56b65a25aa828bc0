/** BatchNeeds are the rows that operations will ask for, as far as that is known before they run: read with their rooms. */
import type { Request } from '../operations/outcome.ts'
import type { BatchNeed } from './batch-rows.ts'

/** What this operation mostly asks for. Whatever else it asks for is read when it does. */
export function needsOf({ name, args }: Request): BatchNeed[] {
  const action = args[0] as NamedAction
  const { roomId, actor } = action
  if (roomId === undefined) return []
  const member = (userId: string | undefined): BatchNeed[] =>
    userId === undefined ? [] : [{ kind: 'member', roomId, userId }]
  const message = (messageId: string | undefined): BatchNeed[] =>
    messageId === undefined ? [] : [{ kind: 'message', roomId, messageId }]
  const burned = (messageId: string | undefined): BatchNeed[] =>
    messageId === undefined || !actor ? [] : [{ kind: 'burned', roomId, messageId, userId: actor.user.id }]
  return [
    ...member(actor?.user.id),
    ...member(action.userId),
    ...member(action.user?.id),
    ...(action.members ?? []).flatMap(({ user }) => member(user.id)),
    ...message(action.messageId),
    ...message(action.after),
    ...(name === 'sendMessage' ? burned(action.messageId) : []),
    ...burned(action.editId),
  ]
}

/** The room that a request changes; undefined for what concerns none. */
export function roomOf({ args }: Request): string | undefined {
  return (args[0] as NamedAction | undefined)?.roomId
}

/** Whether the request makes its room if there is none. */
export function mayMakeRoom({ name, args }: Request): boolean {
  return name === 'upsertRoom' || (args[0] as NamedAction).isOpen === true
}

// --- types ---

/** What the arguments of changes have in common, as far as it names rows. */
interface NamedAction {
  roomId?: string
  isOpen?: boolean
  actor?: { user: { id: string } }
  userId?: string
  user?: { id: string }
  members?: { user: { id: string } }[]
  messageId?: string
  after?: string
  editId?: string
}
