'use client'
/** useTyping: who else writes in a room, and a way to say that one does. */
import type { TypingSnapshot } from '@parlor/client'
import { useMemo, useSyncExternalStore } from 'react'
import { useChatContext } from './chat-context.ts'

/**
 * Renders when somebody begins or ends, and at nothing else. Opens nothing: it knows what happens in rooms that are open.
 *
 * @example const { typers, setTyping } = useTyping('general')
 */
export function useTyping(roomId: string): UseTypingResult {
  const { client } = useChatContext()
  const room = useMemo(() => client.room(roomId), [client, roomId])
  const { typers, count } = useSyncExternalStore(room.typing.subscribe, room.typing.getSnapshot, getServerSnapshot)
  return useMemo(() => ({ typers, count, setTyping: room.setTyping }), [typers, count, room])
}

const NOBODY: TypingSnapshot = { typers: [], count: 0 }

function getServerSnapshot(): TypingSnapshot {
  return NOBODY
}

// --- types ---

export interface UseTypingResult extends TypingSnapshot {
  /**
   * Call it with true at every keystroke, with false when what was written is gone. It ends by itself, and with the message
   * that is sent. Keeps its identity.
   */
  setTyping(on: boolean): void
}
