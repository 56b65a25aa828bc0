'use client'
/** ChatContext: what ChatProvider hands to the hooks and the components below it. */
import type { ChatClient } from '@parlor/client'
import { createContext, useContext } from 'react'
import { type ChatStrings, defaultStrings } from './strings.ts'

export const ChatContext = createContext<ChatContextValue | null>(null)

/** Apart from the client, so that a change of one doesn't render those who use the other. */
export const TextContext = createContext<TextContextValue>({
  strings: defaultStrings,
  locale: undefined,
  timeZone: undefined,
  showHints: false,
})

/** The client of the provider above. Throws without one. */
export function useChatContext(): ChatContextValue {
  const value = useContext(ChatContext)
  if (!value) throw new Error('Chat hooks and components need a <ChatProvider url={…}> above them.')
  return value
}

export function useStrings(): ChatStrings {
  return useContext(TextContext).strings
}

/** Whether errors come with what a developer has to do about them. */
export function useShowHints(): boolean {
  return useContext(TextContext).showHints
}

// --- types ---

export interface ChatContextValue {
  client: ChatClient
  /** As given to the provider: undefined means whoever the token names, null signed out. */
  userId: string | null | undefined
  /** What was typed and not sent, by room; it outlives the composer and ends with the client. */
  drafts: Map<string, string>
}

export interface TextContextValue {
  strings: ChatStrings
  locale: string | undefined
  timeZone: string | undefined
  /** Whether what a developer has to do about an error is shown on the page. */
  showHints: boolean
}
