/** Plausible: whether a change that the store committed makes sense after the ones before it. Undefined: it does. */
import type { Event, MemberEvent, MessageEvent } from '@parlor/protocol'
import type { Timeline } from './history.ts'

/** `timeline` is what was before the change. Says what is wrong with it, beginning with the guarantee. */
export function findImplausible(timeline: Timeline, event: Event): string | undefined {
  const what = `${event.type} ${event.seq} of ${timeline.roomId}`
  if (event.seq !== timeline.head + 1) return `G2: ${what} comes after ${timeline.head}`
  if (event.type === 'message.created' && !timeline.canRead(event.message.user.id, timeline.head))
    return `G7: ${what} is by ${event.message.user.id}, who can't read there`
  const wrong =
    'message' in event
      ? findWrongMessage(timeline, event)
      : 'member' in event
        ? findWrongMember(timeline, event)
        : event.room.version !== event.seq && 'the room row has another version'
  return wrong ? `G14: ${what}: ${wrong}` : undefined
}

function findWrongMessage(timeline: Timeline, { type, seq, message }: MessageEvent): string | false {
  const { room, messages } = timeline.at(timeline.head)
  const before = messages.get(message.id)
  if (!room) return 'nobody made the room'
  if (message.version !== seq) return `the row has version ${message.version}`
  if (type === 'message.created') {
    if (before) return 'the id is stored already'
    if (message.seq !== seq || message.textVersion !== seq) return 'it stands elsewhere'
    return message.ordinal !== messages.size + 1 && `ordinal ${message.ordinal} after ${messages.size} messages`
  }
  if (!before || before.deletedAt !== undefined) return 'there is no such message any more'
  if (message.seq !== before.seq || message.ordinal !== before.ordinal) return 'it moved'
  if (message.user.id !== before.user.id) return 'it has another author'
  if (type === 'message.edited') return message.textVersion !== seq && 'its text has another version'
  if (message.textVersion !== before.textVersion) return 'its text has another version'
  if (type === 'message.deleted')
    return (
      (message.deletedAt === undefined || message.text !== '' || message.reactions.length > 0) && 'something is left'
    )
  return message.text !== before.text && 'its text changed'
}

function findWrongMember(timeline: Timeline, { type, seq, member, room }: MemberEvent): string | false {
  if (member.version !== seq || room.version !== seq) return 'a row has another version'
  const isGone = type === 'member.left' || type === 'member.removed'
  if ((member.gone !== undefined) !== isGone) return 'the row says otherwise'
  const others = [...timeline.at(timeline.head).members.values()].filter((one) => one.userId !== member.userId)
  const count = [...others, member].filter(({ gone }) => gone === undefined).length
  return room.memberCount !== count && `${room.memberCount} members are counted, not ${count}`
}
