/** G1: what was acknowledged is in history at the end, as it was acknowledged, unless somebody changed it since. */
import type { MessageRow } from '../log.ts'
import type { Answer, Evidence, Operation, RoomEvidence } from './evidence.ts'
import { isMessage } from './facts.ts'
import { formatDraft, type MessageHistory, readMessages } from './messages.ts'
import { type Say, sayFor } from './say.ts'
import type { Place, Violation } from './violation.ts'

export function checkDurableAck(evidence: Evidence): Violation[] {
  const say = sayFor('G1', evidence)
  const messages = readMessages(evidence)
  return [
    ...messages.flatMap((message) => [...checkSend(message, say), ...checkWritten(message, say)]),
    ...checkUnsent(evidence, messages, say),
    ...checkChanges(evidence, say),
    ...checkReactions(evidence, say),
    ...checkMembers(evidence, say),
  ]
}

function checkSend(message: MessageHistory, say: Say): Violation[] {
  const { id, room, sends, answers, operations, row } = message
  const end = { at: room.final?.at ?? 0, key: `message ${id}` }
  const acks: Ack[] = [
    ...answers
      .filter(({ ok }) => typeof ok?.seq === 'number')
      .map(({ ok, place, command, socket }) => ({ seq: ok?.seq ?? 0, place, asked: command, branch: socket.branch })),
    ...operations.flatMap((operation) => ackOf(operation)),
  ].filter(({ seq, branch }) => seq > room.base && !room.facts.isTakenBack(seq, branch))
  // One is enough: later ones say the same, or G5 finds that they don't.
  const [ack] = acks
  if (!ack) return []
  const places = [ack.asked, ack.place, end]
  if (!row) return [say('ack-lost', `${id} was acknowledged as ${ack.seq}, and isn't in history.`, places)]
  if (row.seq !== ack.seq)
    return [say('ack-moved', `${id} was acknowledged as ${ack.seq}, and is ${row.seq} in history.`, places)]
  const [first] = sends
  const texts = [first?.frame.text, ...operations.map(({ entry }) => (entry.kind === 'edit' ? entry.text : undefined))]
  if (row.deletedAt === undefined && !texts.includes(row.text))
    return [say('ack-changed', `${id} was acknowledged with another text than it has.`, [first, ack.place, end])]
  if (row.deletedAt !== undefined && !operations.some(({ entry }) => entry.kind === 'delete'))
    return [say('ack-deleted', `${id} is deleted, and nobody deleted it.`, places)]
  return []
}

/** Every version of an acknowledged message has what was sent, until it is edited; a tombstone has nothing of it. */
function checkWritten({ id, room, answers }: MessageHistory, say: Say): Violation[] {
  const versions = room.facts
    .view(room.facts.branches - 1)
    .of(`message ${id}`)
    .filter(isMessage)
  const relic = versions.find(({ content: { deletedAt, text, data } }) => deletedAt !== undefined && (text || data))
  if (relic) return [say('tombstone-kept', `${id} is deleted, and what it said is still told.`, [relic.place])]
  const ack = answers.find(
    ({ command, ok, socket }) =>
      command.frame.type === 'message.send' &&
      typeof ok?.seq === 'number' &&
      ok.seq > room.base &&
      !room.facts.isTakenBack(ok.seq, socket.branch),
  )
  if (!ack) return []
  const { command, place, socket } = ack
  const another = versions.find(({ content }) => content.user.id !== socket.user)
  if (another)
    return [
      say('ack-author', `${id} was sent by ${socket.user}, and is told as ${another.content.user.id}'s.`, [
        command,
        place,
        another.place,
      ]),
    ]
  const other = versions.find(
    ({ content }) =>
      content.deletedAt === undefined &&
      content.textVersion === content.seq &&
      formatDraft(content) !== formatDraft(command.frame),
  )
  if (!other) return []
  return [
    say('ack-changed', `${id} was acknowledged, and told otherwise than it was sent.`, [command, place, other.place]),
  ]
}

/** In a room of the run's own, nothing is said but what the run sent. */
function checkUnsent({ rooms, entries }: Evidence, messages: readonly MessageHistory[], say: Say): Violation[] {
  const sent = new Set(messages.filter(({ sends }) => sends.length > 0).map(({ roomId, id }) => `${roomId} ${id}`))
  return entries.flatMap((entry) => {
    if (entry.type !== 'room' || entry.kind !== 'private') return []
    const { base = 0, final } = rooms.get(entry.room) ?? {}
    const unsent = final?.entry.messages.find(({ id, seq }) => seq > base && !sent.has(`${entry.room} ${id}`))
    if (!final || !unsent) return []
    return [
      say('unsent', `${unsent.id} is in history, and nobody sent it.`, [{ at: final.at, key: `message ${unsent.id}` }]),
    ]
  })
}

/** What the client told its user: the wire may have said otherwise. */
function ackOf({ entry, at, end, branch }: Operation): Ack[] {
  if (end?.entry.type !== 'ok' || typeof end.entry.seq !== 'number' || end.entry.message !== undefined) return []
  if (entry.kind !== 'send') return []
  return [{ seq: end.entry.seq, place: { at: end.at }, asked: { at }, branch }]
}

/** An acknowledged edit, deletion or reaction is in the row at the end, or something newer is. */
function checkChanges(evidence: Evidence, say: Say): Violation[] {
  return evidence.answers.filter(isChange).flatMap((answer) => {
    const { command, place, socket, roomId } = answer
    const { type, id, text } = command.frame
    const version: number = answer.ok?.version ?? 0
    const room = evidence.rooms.get(roomId)
    const row = findRow(room, id)
    if (!room?.final || !isJudged(room, answer, version, row)) return []
    const places = [command, place, { at: room.final.at, key: `message ${id}` }]
    const lost = (what: string) => [
      say('change-lost', `${type} of ${id} was acknowledged as ${version}, and ${what}.`, places),
    ]
    const event = evidence.events.find(
      (told) => told.roomId === roomId && told.seq === version && told.socket.branch === socket.branch,
    )
    if (event && event.item.message?.id !== id) {
      const other = `${version} is a change of something else`
      return [
        say('change-elsewhere', `${type} of ${id} was acknowledged as ${version}; ${other}.`, [
          command,
          place,
          event.place,
        ]),
      ]
    }
    if (!row) return lost('it is gone')
    if (row.version < version) return lost(`its row ends at ${row.version}`)
    if (type === 'message.delete' && row.deletedAt === undefined) return lost('it is not deleted')
    if (type !== 'message.edit') return []
    // Also where it was edited or deleted since: somebody may have seen it in between.
    const told = room.facts
      .view(room.facts.branches - 1)
      .of(`message ${id}`)
      .filter(isMessage)
      .find(({ content }) => content.textVersion === version && content.deletedAt === undefined)
    if (told && text !== undefined && told.content.text !== text)
      return [
        say('change-lost', `${type} of ${id} was acknowledged as ${version}, and told with another text.`, [
          command,
          place,
          told.place,
        ]),
      ]
    if (row.deletedAt !== undefined) return []
    if (row.textVersion < version) return lost(`its text is of ${row.textVersion}`)
    return row.textVersion === version && row.text !== text ? lost('it has another text') : []
  })
}

/** The last acknowledged word of somebody about an emoji holds, unless another one may have come later. */
function checkReactions(evidence: Evidence, say: Say): Violation[] {
  const last = new Map<string, Answer>()
  const open = new Set<string>()
  const wordOf = ({ roomId, id, emoji }: Answer['command']['frame'], user: string): string =>
    JSON.stringify([roomId, id, emoji, user])
  const answered = new Set(evidence.answers.filter(({ ok }) => ok).map(({ command }) => command))
  for (const command of evidence.commands)
    if (command.frame.type === 'message.react' && !answered.has(command))
      open.add(wordOf(command.frame, command.socket.user))
  for (const answer of evidence.answers) {
    if (answer.command.frame.type !== 'message.react' || !answer.ok) continue
    const word = wordOf(answer.command.frame, answer.socket.user)
    const version: number = answer.ok.version
    if (version > (last.get(word)?.ok?.version ?? 0)) last.set(word, answer)
  }
  return [...last].flatMap(([word, answer]) => {
    const { roomId, command, socket, place } = answer
    const { id, emoji, on } = command.frame
    const room = evidence.rooms.get(roomId)
    const row = findRow(room, id)
    if (!room?.final || !row || open.has(word) || row.deletedAt !== undefined) return []
    if (!isJudged(room, answer, answer.ok?.version ?? 0, row)) return []
    const isOn = row.reactions.some((reaction) => reaction.emoji === emoji && reaction.userIds.includes(socket.user))
    if (isOn === on) return []
    const message = `${socket.user} ${on ? 'set' : 'cleared'} ${emoji} on ${id}, was told so, and it is ${isOn ? '' : 'not '}there.`
    return [say('reaction-lost', message, [command, place, { at: room.final.at, key: `message ${id}` }])]
  })
}

/** Whoever was let in last is a member at the end; whoever was taken out last isn't. What had no answer may come last. */
function checkMembers({ operations, rooms }: Evidence, say: Say): Violation[] {
  const last = new Map<string, Operation>()
  const open = new Set<string>()
  for (const operation of operations) {
    const { kind, room, member } = operation.entry
    if (kind !== 'remove' && kind !== 'return') continue
    const whose = `${room} ${member}`
    last.set(whose, operation)
    const answer = operation.end?.entry.type
    if (answer === undefined || answer === 'unknown') open.add(whose)
  }
  return [...last].flatMap(([whose, { entry, at, end, branch }]) => {
    const room = rooms.get(entry.room ?? '')
    if (!room?.final || end?.entry.type !== 'ok' || open.has(whose)) return []
    if (room.facts.isTakenBack(end.entry.seq ?? 0, branch)) return []
    const row = room.final.entry.members.find(({ userId }) => userId === entry.member)
    const isMember = row !== undefined && row.gone === undefined
    if (isMember === (entry.kind === 'return')) return []
    const message = `${entry.member} ${isMember ? 'was removed and is' : 'was let in again and is not'} a member.`
    return [say('member-lost', message, [{ at }, { at: end.at }, { at: room.final.at, key: `member ${entry.member}` }])]
  })
}

function isChange({ command, ok }: Answer): boolean {
  return ok !== undefined && ['message.edit', 'message.delete', 'message.react'].includes(command.frame.type ?? '')
}

/** Whether the row is of this run, and the change wasn't taken back with a restored backup. */
function isJudged(room: RoomEvidence, { socket }: Answer, version: number, row: MessageRow | undefined): boolean {
  if (version <= room.base || room.facts.isTakenBack(version, socket.branch)) return false
  return row !== undefined || room.base === 0
}

function findRow(room: RoomEvidence | undefined, id: string): MessageRow | undefined {
  return room?.final?.entry.messages.find((row) => row.id === id)
}

// --- types ---

interface Ack {
  seq: number
  place: Place
  asked: Place
  branch: number
}
