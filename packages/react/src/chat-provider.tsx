'use client'
/** ChatProvider: one client for everything below it, for as long as the same person is signed in. */
import { type ChatClient, type ChatClientOptions, createChatClient } from '@parlor/client'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { ChatContext, TextContext } from './chat-context.ts'
import { type ChatStrings, defaultStrings } from './strings.ts'

/**
 * Gives the hooks below it one connection. It connects when the first room is opened, never during render, and belongs
 * to the user: a session object that is fetched again changes nothing, another `userId` gets another client, and null
 * (signed out) closes the connection and drops everything that was loaded or kept on the device.
 *
 * @example <ChatProvider url="https://chat.example.com" userId={session?.user.id ?? null}>{children}</ChatProvider>
 */
export function ChatProvider(props: ChatProviderProps): ReactNode {
  const { children, strings, locale, timeZone, showHints = isDevelopment } = props
  const { client, drafts } = useHeldClient(props)
  const userId = props.userId
  const context = useMemo(() => ({ client, userId, drafts }), [client, userId, drafts])
  // By content: an object that is written in place must not render every message again.
  const key = JSON.stringify(strings ?? {})
  const text = useMemo(
    () => ({
      strings: { ...defaultStrings, ...(JSON.parse(key) as Partial<ChatStrings>) },
      locale,
      timeZone,
      showHints,
    }),
    [key, locale, timeZone, showHints],
  )
  return (
    <ChatContext value={context}>
      <TextContext value={text}>{children}</TextContext>
    </ChatContext>
  )
}

declare const process: { env: { NODE_ENV?: string } } | undefined

/** Bundlers write the value in place of `process.env.NODE_ENV`; where there is neither, nobody develops. */
const isDevelopment = typeof process !== 'undefined' && process.env.NODE_ENV !== 'production'

/** The client for these props: the given one, or an own one that is replaced when what it stands for changes. */
function useHeldClient(props: ChatProviderProps): Held {
  const { url, tokenUrl, userId, pageSize, offline, shareConnection, getToken, client: given } = props
  const latestGetToken = useRef(getToken)
  useEffect(() => {
    latestGetToken.current = getToken
  })
  const identity = [given, url, tokenUrl, userId, pageSize, offline, shareConnection, getToken !== undefined]
  const hold = (): Held => {
    const options: ChatClientOptions = { url: url ?? '' }
    if (tokenUrl !== undefined) options.tokenUrl = tokenUrl
    if (userId !== undefined) options.userId = userId
    if (pageSize !== undefined) options.pageSize = pageSize
    if (offline !== undefined) options.offline = offline
    if (shareConnection !== undefined) options.shareConnection = shareConnection
    if (getToken) options.getToken = () => (latestGetToken.current ?? getToken)()
    return { identity, userId, client: given ?? createChatClient(options), isOwn: !given, drafts: new Map() }
  }
  const [held, setHeld] = useState(hold)
  let current = held
  if (identity.some((part, index) => part !== held.identity[index])) {
    current = hold()
    setHeld(current)
  }
  useLifetime(current)
  return current
}

/**
 * Ends a client whose time is over. StrictMode and a hidden `<Activity>` take effects away and bring them back, so a
 * provider that goes only disconnects, and only after a moment; a client that was replaced is destroyed at once.
 */
function useLifetime(held: Held): void {
  const last = useRef<Lifetime>(null)
  useEffect(() => {
    const before = last.current
    clearTimeout(before?.timer)
    if (before && before.held !== held && before.held.isOwn) end(before.held, held.userId)
    // It connects to nobody; what the device keeps goes, if nobody stays.
    if (held.isOwn && held.userId === null) held.client.connect()
    if (before?.held === held && before.isDisconnected) held.client.connect()
    const now: Lifetime = { held, timer: undefined, isDisconnected: false }
    last.current = now
    return () => {
      if (!held.isOwn) return
      now.timer = setTimeout(() => {
        if (held.client.getSnapshot().status === 'idle') return
        now.isDisconnected = true
        held.client.disconnect()
      })
    }
  }, [held])
}

/** What was kept of a person goes with them. A user id that becomes known, or isn't given any more, is nobody's going. */
function end({ client, userId }: Held, next: string | null | undefined): void {
  client.destroy()
  if (typeof userId === 'string' && next !== undefined && next !== userId) void client.forget(next ?? undefined)
}

// --- types ---

export type ChatProviderProps = ChatProviderOptions & (ServiceProps | GivenClientProps)

interface ChatProviderOptions {
  children?: ReactNode
  /**
   * Who is signed in, as the session's user id (`sub`). Undefined: whoever the token names. Null: nobody, so nothing
   * connects, and what is kept on the device is deleted: at once when somebody was there before, else after 5 s (a
   * session may still be loading). Give it where you know it: a change of user is then seen at once.
   */
  userId?: string | null | undefined
  /** Replaces some or all words of the components. */
  strings?: Partial<ChatStrings> | undefined
  /** BCP 47 tag for dates and numbers; the browser's own by default. */
  locale?: string | undefined
  /** IANA name for times, such as `Europe/Berlin`; the browser's own by default. */
  timeZone?: string | undefined
  /**
   * Whether the components show what a developer has to do about a wrong configuration, such as the origin to allow.
   * Default: only outside production; `chat.error.hint` has it always.
   */
  showHints?: boolean | undefined
}

interface ServiceProps {
  /** The service's base address: http, https, ws or wss. */
  url: string
  /** The app's token route; `/api/chat/token` by default. Null: the service reads the session cookie itself. */
  tokenUrl?: string | null | undefined
  /** Gives a token instead of `tokenUrl`; a new function doesn't reconnect. */
  getToken?: ChatClientOptions['getToken'] | undefined
  /** Messages in a page of history; 1 to 100, default 50. */
  pageSize?: number | undefined
  /** Whether unsent messages and the last pages of rooms are kept on this device; default true. */
  offline?: boolean | undefined
  /** Whether this person's tabs share one connection; default true. */
  shareConnection?: boolean | undefined
  client?: undefined
}

interface GivenClientProps {
  /** A client of your own instead; you connect and destroy it. */
  client: ChatClient
  url?: undefined
  tokenUrl?: undefined
  getToken?: undefined
  pageSize?: undefined
  offline?: undefined
  shareConnection?: undefined
}

interface Held {
  identity: readonly unknown[]
  userId: string | null | undefined
  client: ChatClient
  isOwn: boolean
  drafts: Map<string, string>
}

interface Lifetime {
  held: Held
  timer: ReturnType<typeof setTimeout> | undefined
  isDisconnected: boolean
}
