/** Fresh readers: what somebody finds in a room who has never been there. */
import { ChatError } from '@parlor/client'
import type { Final, MessageRow, WireItem } from '../log.ts'
import { socketUrl } from './address.ts'
import { openRaw, type RawConnection } from './raw-connection.ts'
import { RecordingTransport } from './recording-transport.ts'
import type { Run, User } from './run.ts'
import { waitOr } from './waiting.ts'

/** Reads a room's history down to `above`, all of it at one head. Tries again while the room changes or can't be read. */
export async function readHistory(run: Run, reader: User, roomId: string, above: number): Promise<Untimed> {
  for (let tries = 1; ; tries++) {
    const connection = await connect(run, reader)
    try {
      const history = await readOnce(connection, roomId, above)
      if (history) return history
      if (tries >= MAX_TRIES) throw new ChatError('timeout', { message: `${roomId} never stopped changing.` })
    } catch (error) {
      if (!(error instanceof ChatError) || !error.retryable || tries >= MAX_TRIES) throw error
    } finally {
      connection.close()
    }
    await waitOr(RETRY_MS)
  }
}

/** Where a room stands now. */
export async function readHead(run: Run, reader: User, roomId: string): Promise<WireItem> {
  const connection = await connect(run, reader)
  try {
    return await connection.ask({ type: 'room.open', roomId, limit: 1 })
  } finally {
    connection.close()
  }
}

async function connect(run: Run, reader: User): Promise<RawConnection> {
  for (let tries = 1; ; tries++) {
    const transport = new RecordingTransport(run.recorder, { client: 'reader', user: reader.id })
    try {
      return await openRaw({ transport, url: socketUrl(run.directUrl), token: await run.tokenFor(reader) })
    } catch (error) {
      if (!(error instanceof ChatError) || !error.retryable || tries >= MAX_TRIES) throw error
      await waitOr(RETRY_MS)
    }
  }
}

async function readOnce(connection: RawConnection, roomId: string, above: number): Promise<Untimed | undefined> {
  const opened = await connection.ask({ type: 'room.open', roomId, limit: PAGE })
  const { epoch, head, reset } = opened
  const messages: MessageRow[] = [...(reset?.messages ?? [])]
  let hasOlder: boolean = reset?.hasOlder ?? false
  while (hasOlder && (messages[0]?.seq ?? 0) > above) {
    const page = await connection.ask({ type: 'message.list', roomId, limit: PAGE, before: messages[0]?.seq })
    if (page.head !== head || page.epoch !== epoch) return undefined
    messages.unshift(...page.messages)
    hasOlder = page.hasOlder
  }
  const members = reset?.membersComplete ? reset.members : await readMembers(connection, roomId)
  const row = reset?.room
  return { type: 'final', room: roomId, epoch, head, row, members, messages: messages.filter(({ seq }) => seq > above) }
}

async function readMembers(connection: RawConnection, roomId: string): Promise<Final['members']> {
  const members: Final['members'] = []
  for (;;) {
    const after = members.at(-1)?.userId
    const page = await connection.ask({ type: 'member.list', roomId, ...(after !== undefined && { after }) })
    members.push(...page.members)
    if (!page.hasMore) return members
  }
}

const PAGE = 100

const RETRY_MS = 250

/** About a quarter of a minute of a service that isn't there, or of a room that doesn't rest. */
const MAX_TRIES = 60

// --- types ---

type Untimed = Omit<Final, 'at'>
