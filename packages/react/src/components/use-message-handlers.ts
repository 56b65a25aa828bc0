'use client'
/** useMessageHandlers: what the buttons of the messages do, as functions that stay the same for as long as the room. */
import type { ChatError, Message } from '@parlor/client'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { UseChatResult } from '../use-chat.ts'
import type { MessageHandlers } from './message-item.tsx'

/** Refused changes become a notice; a refused message says it itself. */
export function useMessageHandlers(
  chat: UseChatResult,
  onEdit: ((message: Message) => void) | undefined,
): ListHandlers {
  const [notice, setNotice] = useState<ChatError | null>(null)
  const [picking, setPicking] = useState<{ id: string; anchor: HTMLElement } | null>(null)
  const { react, remove, retry, discard } = chat
  const latestOnEdit = useRef(onEdit)
  useEffect(() => {
    latestOnEdit.current = onEdit
  })

  const handlers = useMemo((): MessageHandlers => {
    const report = (change: Promise<unknown>): void => {
      setNotice(null)
      change.catch((error: ChatError) => setNotice(error))
    }
    return {
      react: (id, emoji, on) => report(react(id, emoji, on)),
      pick: (message, anchor) => setPicking({ id: message.id, anchor }),
      edit: (message) => latestOnEdit.current?.(message),
      remove: (id) => report(remove(id)),
      retry: (id) => void retry(id).catch(() => {}),
      discard: (id) => void discard(id).catch(() => {}),
    }
  }, [react, remove, retry, discard])

  const close = useCallback(() => setPicking(null), [])
  const dismiss = useCallback(() => setNotice(null), [])
  const message = picking ? chat.messages.find(({ id }) => id === picking.id) : undefined
  return { handlers, notice, dismiss, picker: { message, anchor: message ? (picking?.anchor ?? null) : null, close } }
}

// --- types ---

export interface ListHandlers {
  handlers: MessageHandlers
  notice: ChatError | null
  dismiss(): void
  picker: {
    message: Message | undefined
    anchor: HTMLElement | null
    close(): void
  }
}
