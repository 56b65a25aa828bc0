/** RoomPage: a room of a fake service on a page of a real browser, and what tests look at in it. */
import { type ChatClient, createChatClient } from '@parlor/client'
import { type ReactNode, StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, vi } from 'vitest'
import { ChatProvider } from '../chat-provider.tsx'
import { ChatRoom, type ChatRoomProps } from '../components/chat-room.tsx'
import { createFakeService, type FakeService, type FakeServiceOptions } from './fake-service.ts'
import '../styles.css'

const open: { root: Root; box: HTMLElement; client: ChatClient }[] = []

afterEach(async () => {
  for (const { root, box, client } of open.splice(0)) {
    root.unmount()
    box.remove()
    client.destroy()
  }
  document.documentElement.removeAttribute('data-theme')
})

/** Renders it in StrictMode, 600 by 500 pixels, and waits until it is live. */
export async function openRoom(options: RoomPageOptions = {}): Promise<RoomPage> {
  const { prepare, wrap = (room) => room, isLive = true, ...rest } = options
  const service = createFakeService({ name: 'General', ...rest })
  prepare?.(service)
  // Nothing of one test for the next: neither what the browser keeps, nor a connection that is handed over.
  const client = createChatClient({ ...service.clientOptions, offline: false, shareConnection: false })
  const box = document.createElement('div')
  box.style.cssText = 'inline-size: 600px; block-size: 500px'
  document.body.append(box)
  const root = createRoot(box)
  open.push({ root, box, client })
  const show = (props: Partial<ChatRoomProps> = {}): void =>
    root.render(
      <StrictMode>
        <ChatProvider client={client} locale="en" timeZone="UTC">
          {wrap(<ChatRoom roomId="general" {...props} />)}
        </ChatProvider>
      </StrictMode>,
    )
  show(options.props)
  if (isLive) await vi.waitFor(() => must(client.room('general').getSnapshot().status === 'live', 'a live room'))
  await frame()
  const find = <E extends HTMLElement = HTMLElement>(selector: string): E => {
    const element = box.querySelector<E>(selector)
    return must(element, selector)
  }
  const row = (id: string): HTMLElement => find(`[data-message-id="${CSS.escape(id)}"]`)
  return {
    service,
    box,
    client,
    show,
    find,
    row,
    rows: () => [...box.querySelectorAll<HTMLElement>('[data-message-id]')],
    scroller: () => find('.parlor-list-scroller'),
    field: () => find<HTMLTextAreaElement>('textarea'),
    button(name, within = document.body) {
      const all = [...within.querySelectorAll<HTMLElement>('button')]
      return must(
        all.find((button) => (button.getAttribute('aria-label') ?? button.textContent.slice(-name.length)) === name),
        `button ${name}`,
      )
    },
  }
}

/** The next painted frame. */
export function frame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
}

/** Until this holds; it is asked after each frame. */
export async function until(isTrue: () => boolean): Promise<void> {
  await vi.waitFor(() => must(isTrue(), isTrue.toString()), { timeout: 5_000 })
}

function must<T>(value: T | null | undefined | false, what: string): T {
  if (value === null || value === undefined || value === false) throw new Error(`there is no ${what}`)
  return value
}

// --- types ---

export interface RoomPageOptions extends FakeServiceOptions {
  /** Before anybody connects. */
  prepare?: (service: FakeService) => void
  props?: Partial<ChatRoomProps>
  wrap?: (room: ReactNode) => ReactNode
  /** False: doesn't wait for the room to be live. */
  isLive?: boolean
}

export interface RoomPage {
  service: FakeService
  client: ChatClient
  box: HTMLElement
  /** Renders again, with other props. */
  show(props?: Partial<ChatRoomProps>): void
  find<E extends HTMLElement = HTMLElement>(selector: string): E
  row(id: string): HTMLElement
  rows(): HTMLElement[]
  scroller(): HTMLElement
  field(): HTMLTextAreaElement
  /** By its label, or the end of its text. */
  button(name: string, within?: HTMLElement): HTMLElement
}
