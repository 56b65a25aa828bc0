/** G5: a message is stored once whatever is tried, under its first seq; what was refused or taken back never comes. */
import type { Answer, Command, Evidence, Operation } from './evidence.ts'
import { isMessage } from './facts.ts'
import { formatDraft, isRefusal, type MessageHistory, readMessages } from './messages.ts'
import { type Say, sayFor } from './say.ts'
import type { Violation } from './violation.ts'

export function checkIdempotentSend(evidence: Evidence): Violation[] {
  const say = sayFor('G5', evidence)
  return [
    ...checkOnce(evidence, say),
    ...readMessages(evidence).flatMap((message) => [
      ...checkSameAnswer(message, say),
      ...checkNeverStored(evidence, message, say),
      ...checkNotDenied(message, say),
      ...checkEdits(message, say),
    ]),
    ...checkKept(evidence, say),
    ...checkEnded(evidence, say),
  ]
}

/** In history, an id stands once, and so does a text: a message that was retried under another id stands once, too. */
function checkOnce({ rooms, commands }: Evidence, say: Say): Violation[] {
  const textOf = new Map<string, string>()
  for (const { frame } of commands) {
    const key = `${frame.roomId} ${frame.id}`
    if (frame.type === 'message.send' && !textOf.has(key)) textOf.set(key, frame.text)
  }
  return [...rooms].flatMap(([roomId, { final }]) => {
    if (!final) return []
    const firsts = new Map<string, string>()
    return final.entry.messages.flatMap(({ id, seq }) => {
      const text = textOf.get(`${roomId} ${id}`)
      const keys = [`id ${id}`, ...(text === undefined ? [] : [`text ${text}`])]
      const first = keys.map((key) => firsts.get(key)).find((found) => found !== undefined)
      for (const key of keys) firsts.set(key, id)
      if (first === undefined) return []
      const rows = [first, id].map((one) => ({ at: final.at, key: `message ${one}` }))
      return [say('stored-twice', `${id} stands in history again as ${seq}.`, rows)]
    })
  })
}

/** Every answer names the first seq, and another text under the same id is never accepted. */
function checkSameAnswer({ id, room, answers }: MessageHistory, say: Say): Violation[] {
  const stored = answers.filter(
    ({ ok, socket }) => typeof ok?.seq === 'number' && !room.facts.isTakenBack(ok.seq, socket.branch),
  )
  const [first] = stored
  const seq = stored.find(({ ok }) => ok?.seq !== first?.ok?.seq)
  if (first && seq)
    return [
      say('other-seq', `${id} was stored as ${first.ok?.seq}, then as ${seq.ok?.seq}.`, [
        first.command,
        first.place,
        seq.command,
        seq.place,
      ]),
    ]
  const sends = stored.filter(({ command }) => command.frame.type === 'message.send')
  const [one] = sends
  const text = sends.find(({ command }) => command.frame.text !== one?.command.frame.text)
  if (!one || !text) return []
  return [
    say('conflict-accepted', `${id} was accepted with two texts.`, [one.command, one.place, text.command, text.place]),
  ]
}

/** A refusal and a cancellation are the last word, unless it was sent again afterwards. */
function checkNeverStored(evidence: Evidence, message: MessageHistory, say: Say): Violation[] {
  const { id, room, sends, answers, operations, row } = message
  if (!row || answers.some(({ ok }) => typeof ok?.seq === 'number')) return []
  const end = { at: room.final?.at ?? 0, key: `message ${id}` }
  const lastSent = sends.at(-1)?.at ?? 0
  // A backup forgets what was refused and taken back; whoever sends it again is answered anew.
  const stands = ({ place }: Answer): boolean =>
    place.at > lastSent && evidence.branchAt(place.at) === room.facts.branches - 1
  const refusal = answers.find((answer) => isRefusal(answer) && stands(answer))
  if (refusal)
    return [
      say('refused-stored', `${id} was refused (${refusal.error?.code}), and is in history.`, [
        refusal.command,
        refusal.place,
        end,
      ]),
    ]
  const cancel = answers.find(
    ({ command, ok, ...answer }) => command.frame.type === 'message.cancel' && ok && stands({ command, ...answer }),
  )
  if (cancel)
    return [say('cancelled-stored', `${id} was taken back, and is in history.`, [cancel.command, cancel.place, end])]
  const discard = operations.find(
    ({ entry, end: ended }) => entry.kind === 'discard' && ended?.entry.type === 'ok' && ended.entry.isDiscarded,
  )
  if (!discard?.end || discard.end.at < lastSent) return []
  return [say('discarded-stored', `${id} was discarded, and is in history.`, [discard, { at: discard.end.at }, end])]
}

/**
 * Of a message that is in history nobody is told that it was taken back, is another one, or was refused. A restored backup
 * forgets, so this is judged only where none was.
 */
function checkNotDenied({ id, room, answers, operations, row }: MessageHistory, say: Say): Violation[] {
  if (!row || row.seq <= room.base || room.facts.branches > 1) return []
  const end = { at: room.final?.at ?? 0, key: `message ${id}` }
  const cancel = answers.find(
    ({ command, ok }) => command.frame.type === 'message.cancel' && ok && ok.seq === undefined,
  )
  if (cancel)
    return [say('cancelled-stored', `${id} was taken back, and is in history.`, [cancel.command, cancel.place, end])]
  const ack = answers.find(({ command, ok }) => command.frame.type === 'message.send' && typeof ok?.seq === 'number')
  const denial = answers.find(
    ({ command, error }) =>
      error?.code === 'cancelled' || (error?.code === 'id_conflict' && ack && isSameDraft(command, ack.command)),
  )
  if (denial)
    return [
      say('stored-denied', `${id} is in history, and its sender was told ${denial.error?.code}.`, [
        denial.command,
        denial.place,
        end,
      ]),
    ]
  const failed = operations.findLast(({ entry }) => entry.kind === 'send' || entry.kind === 'retry')
  if (failed?.end?.entry.type !== 'fail') return []
  return [
    say('stored-failed', `${id} is in history, and its client called it failed (${failed.end.entry.code}).`, [
      failed,
      { at: failed.end.at },
      end,
    ]),
  ]
}

function isSameDraft({ frame, socket }: Command, other: Command): boolean {
  return socket.user === other.socket.user && formatDraft(frame) === formatDraft(other.frame)
}

/** An edit is applied once; one that was refused isn't the text at the end. */
function checkEdits({ id, room, operations, row }: MessageHistory, say: Say): Violation[] {
  return operations.flatMap(({ entry, at, end }) => {
    if (entry.kind !== 'edit') return []
    const key = `message ${id}`
    const versions = room.facts
      .view(room.facts.branches - 1)
      .of(key)
      .filter(isMessage)
      .filter(({ content }) => content.text === entry.text)
    const [first] = versions
    const again = versions.find(({ content }) => content.textVersion !== first?.content.textVersion)
    if (first && again)
      return [say('edited-twice', `An edit of ${id} was applied twice.`, [{ at }, first.place, again.place])]
    if (end?.entry.type !== 'fail' || row?.text !== entry.text) return []
    return [
      say('refused-edit', `An edit of ${id} was refused (${end.entry.code}), and is its text.`, [
        { at },
        { at: end.at },
        { at: room.final?.at ?? 0, key },
      ]),
    ]
  })
}

/** A page that keeps its storage over a reload doesn't forget what it had put on the wire. */
function checkKept(evidence: Evidence, say: Say): Violation[] {
  const messages = new Map(readMessages(evidence).map((message) => [`${message.roomId} ${message.id}`, message]))
  return [...evidence.entries.entries()].flatMap(([at, entry]) => {
    if (entry.type !== 'reloaded' || !entry.keepsStorage) return []
    return entry.pending.flatMap(({ room, message: id }) => {
      const message = messages.get(`${room} ${id}`)
      const sent = message?.sends.find((command) => command.at < at && command.socket.client === entry.client)
      if (!message || !sent || message.row || message.answers.some(({ ok, error }) => ok || error?.retryable === false))
        return []
      const last = evidence.entries.findLastIndex(
        (one) => one.type === 'shown' && one.client === entry.client && one.room === room,
      )
      const shown = evidence.entries[last]
      if (shown?.type === 'shown' && shown.messages.some((one) => one.id === id)) return []
      // What was stored and taken back with a restored backup was answered.
      return [
        say('forgotten', `${entry.client} sent ${id}, was reloaded, and forgot it.`, [
          sent,
          { at },
          last < 0 ? undefined : { at: last, key: `message ${id}` },
        ]),
      ]
    })
  })
}

/** Whatever changes a room comes to an end once everything works: an unknown outcome is asked for until it is known. */
function checkEnded({ operations, entries }: Evidence, say: Say): Violation[] {
  const reloads = [...entries.entries()].filter(([, entry]) => entry.type === 'reloaded')
  return operations.flatMap(({ entry, at, end }) => {
    if (!LASTING.has(entry.kind)) return []
    if (end && !(end.entry.type === 'unknown' && end.entry.code === 'unfinished')) return []
    const isReloaded = reloads.some(
      ([when, one]) => when > at && one.type === 'reloaded' && one.client === entry.client,
    )
    const isOver = entries.at(-1)?.type === 'end'
    if (isReloaded || !isOver) return []
    return [
      say('left-open', `${entry.client} began to ${entry.kind}, and was never told how it ended.`, [
        { at },
        end && { at: end.at },
      ]),
    ]
  })
}

const LASTING: ReadonlySet<Operation['entry']['kind']> = new Set([
  'send',
  'retry',
  'discard',
  'edit',
  'delete',
  'react',
])
