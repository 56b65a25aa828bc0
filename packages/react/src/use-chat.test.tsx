import { createChatClient, type Snapshot } from '@parlor/client'
import { act, render, renderHook, screen, waitFor } from '@testing-library/react'
import { type ReactNode, StrictMode, Suspense } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { ChatProvider } from './chat-provider.tsx'
import { ADA, BOB, createFakeService, type FakeService } from './testing/fake-service.ts'
import { type UseChatOptions, type UseChatResult, useChat } from './use-chat.ts'

const clients: { destroy(): void }[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})

function follow(service: FakeService, options: Partial<UseChatOptions> = {}) {
  const client = createChatClient(service.clientOptions)
  clients.push(client)
  const wrapper = ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <ChatProvider client={client}>{children}</ChatProvider>
    </StrictMode>
  )
  const initialProps: UseChatOptions = { roomId: 'general', ...options }
  return { client, ...renderHook((props: UseChatOptions) => useChat(props), { wrapper, initialProps }) }
}

function Status(): ReactNode {
  return <p>{useChat({ roomId: 'general' }).status}</p>
}

function Texts({ initial }: { initial: Promise<Snapshot | null> }): ReactNode {
  const { messages } = useChat({ roomId: 'general', initial })
  return messages.map(({ id, text }) => <p key={id}>{text}</p>)
}

async function untilLive(result: { current: UseChatResult }): Promise<void> {
  await waitFor(() => expect(result.current.status).toBe('live'))
}

test('a room is loading, then live with its messages, the reader and the members', async () => {
  const service = createFakeService({ name: 'General' })
  service.post(BOB, 'hello')
  const { result } = follow(service)
  expect(result.current).toMatchObject({ isLoading: true, messages: [], room: null, user: null })
  await untilLive(result)
  expect(result.current).toMatchObject({ isLoading: false, hasOlder: false, hasNewer: false, error: null })
  expect(result.current.room?.name).toBe('General')
  expect(result.current.user).toEqual(ADA)
  expect(result.current.me?.role).toBe('member')
  expect(result.current.members.map(({ userId }) => userId)).toEqual(['ada'])
  expect(result.current.messages.map(({ text }) => text)).toEqual(['hello'])
})

test('a thousand events in one frame render once', async () => {
  const service = createFakeService()
  const client = createChatClient(service.clientOptions)
  clients.push(client)
  let renders = 0
  const wrapper = ({ children }: { children: ReactNode }) => <ChatProvider client={client}>{children}</ChatProvider>
  const { result } = renderHook(
    () => {
      renders += 1
      return useChat({ roomId: 'general' })
    },
    { wrapper },
  )
  await untilLive(result)
  const before = renders
  await act(async () =>
    service.inOneFrame(() => {
      for (let n = 0; n < 1_000; n++) service.post(BOB, `message ${n}`)
    }),
  )
  expect(result.current.messages).toHaveLength(1_000)
  expect(renders - before).toBe(1)
})

test('what others do appears as it happens', async () => {
  const service = createFakeService()
  const { result } = follow(service)
  await untilLive(result)
  act(() => void service.post(BOB, 'hi'))
  const row = service.messages.at(-1)!
  expect(result.current.messages.at(-1)).toMatchObject({ id: row.id, text: 'hi', status: 'sent' })
  act(() => service.react(row.id, 'bob', '👍', true))
  expect(result.current.messages.at(-1)?.reactions).toEqual([{ emoji: '👍', userIds: ['bob'], mine: false }])
  act(() => service.remove(row.id, 'bob'))
  expect(result.current.messages.at(-1)).toMatchObject({ status: 'deleted', text: '' })
})

test('a sent message is there at once, and keeps its id when it is stored', async () => {
  const service = createFakeService()
  const { result } = follow(service)
  await untilLive(result)
  let sent: Promise<{ id: string; seq: number }> | undefined
  act(() => {
    sent = result.current.send('mine')
  })
  const pending = result.current.messages.at(-1)
  expect(pending).toMatchObject({ text: 'mine', status: 'pending', user: ADA })
  const { id } = await act(async () => sent!)
  expect(id).toBe(pending?.id)
  await waitFor(() => expect(result.current.messages.at(-1)).toMatchObject({ id, status: 'sent' }))
})

test('a refused message stays as failed, and nobody needs to catch it', async () => {
  const service = createFakeService()
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const { result } = follow(service)
  await untilLive(result)
  service.refuse('message.send', 'forbidden')
  act(() => void result.current.send('no'))
  await waitFor(() => expect(result.current.messages.at(-1)?.status).toBe('failed'))
  expect(result.current.error?.code).toBe('forbidden')
  service.refuse('message.send')
  const { id } = result.current.messages.at(-1)!
  await act(async () => result.current.retry(id))
  await waitFor(() => expect(result.current.messages.at(-1)).toMatchObject({ text: 'no', status: 'sent' }))
  expect(unhandled).not.toHaveBeenCalled()
  process.off('unhandledRejection', unhandled)
})

test('actions keep their identity, and the result changes only when the room does', async () => {
  const service = createFakeService()
  const { result, rerender } = follow(service)
  await untilLive(result)
  const before = result.current
  rerender({ roomId: 'general', onEvent: () => {} })
  expect(result.current).toBe(before)
  act(() => void service.post(BOB, 'new'))
  const { status: _s, error: _e, messages, user: _u, room: _r, me: _m, members: _ms, can: _c, ...rest } = result.current
  expect(messages).not.toBe(before.messages)
  for (const [name, value] of Object.entries(rest)) expect(before[name as keyof UseChatResult], name).toBe(value)
})

test('can follows the role', async () => {
  const service = createFakeService({ role: 'guest' })
  const { result } = follow(service)
  expect(result.current.can('message.send')).toBe(false)
  await untilLive(result)
  expect(result.current.can('room.read')).toBe(true)
  expect(result.current.can('message.send')).toBe(false)
  const before = result.current.can
  act(() => void service.join(ADA, 'member'))
  expect(result.current.can('message.send')).toBe(true)
  expect(result.current.can).not.toBe(before)
})

test('StrictMode opens one socket, and two components in one room open it once', async () => {
  const service = createFakeService()
  const client = createChatClient(service.clientOptions)
  clients.push(client)
  render(
    <StrictMode>
      <ChatProvider client={client}>
        <Status />
        <Status />
      </ChatProvider>
    </StrictMode>,
  )
  await waitFor(() => expect(screen.getAllByText('live')).toHaveLength(2))
  expect(service.sockets).toHaveLength(1)
  expect(service.frames.filter(({ type }) => type === 'room.open')).toHaveLength(1)
})

test('nothing is opened while it is not enabled', async () => {
  const service = createFakeService()
  const { result, rerender } = follow(service, { enabled: false, initial: service.snapshot() })
  await act(async () => {})
  expect(result.current.status).toBe('idle')
  expect(service.sockets).toHaveLength(0)
  rerender({ roomId: 'general', enabled: true })
  await untilLive(result)
})

test('initial is shown from the first render on, and the connection goes on from its head', async () => {
  const service = createFakeService()
  service.post(BOB, 'from the server')
  const initial = service.snapshot()
  const { result } = follow(service, { initial })
  expect(result.current).toMatchObject({ isLoading: false, user: ADA })
  expect(result.current.messages.map(({ text }) => text)).toEqual(['from the server'])
  await untilLive(result)
  const hello = service.frames.find((frame) => frame.type === 'hello')
  expect(hello?.rooms).toMatchObject([{ roomId: 'general', epoch: 'e1', seq: initial.head }])
})

test('a promise of initial suspends until it is there', async () => {
  const service = createFakeService()
  service.post(BOB, 'late')
  const client = createChatClient(service.clientOptions)
  clients.push(client)
  const { promise, resolve } = Promise.withResolvers<Snapshot | null>()
  await act(async () => {
    render(
      <ChatProvider client={client}>
        <Suspense fallback="waiting">
          <Texts initial={promise} />
        </Suspense>
      </ChatProvider>,
    )
  })
  expect(screen.getByText('waiting')).toBeTruthy()
  await act(async () => resolve(service.snapshot()))
  expect(screen.getByText('late')).toBeTruthy()
})

test('a page that was rendered for somebody else does not show through', () => {
  const service = createFakeService({ viewer: BOB })
  service.post(BOB, 'private')
  const client = createChatClient(service.clientOptions)
  clients.push(client)
  const wrapper = ({ children }: { children: ReactNode }) => (
    <ChatProvider client={client} userId="ada">
      {children}
    </ChatProvider>
  )
  const { result } = renderHook(() => useChat({ roomId: 'general', initial: service.snapshot() }), { wrapper })
  expect(result.current.messages).toEqual([])
})

test('events arrive after they were applied, also at a handler that is written in place', async () => {
  const service = createFakeService()
  const seen: string[] = []
  const { result, rerender } = follow(service)
  await untilLive(result)
  rerender({ roomId: 'general', onEvent: (event) => seen.push(`${event.type} ${result.current.messages.length}`) })
  act(() => void service.post(BOB, 'hi'))
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatch(/^message.created/)
})

test('a gap is told', async () => {
  const service = createFakeService()
  const onGap = vi.fn()
  const { result } = follow(service, { onGap })
  await untilLive(result)
  act(() => service.cut())
  await waitFor(() => expect(result.current.status).not.toBe('live'))
  service.post(BOB, 'missed')
  service.heal()
  await untilLive(result)
  expect(result.current.messages.map(({ text }) => text)).toEqual(['missed'])
  expect(onGap).toHaveBeenCalledWith(expect.objectContaining({ reason: 'behind' }))
})

test('a room of another id is another room, and coming back shows what is known at once', async () => {
  const service = createFakeService()
  service.post(BOB, 'hello')
  const { result, rerender } = follow(service)
  await untilLive(result)
  rerender({ roomId: 'other' })
  expect(result.current).toMatchObject({ roomId: 'other', messages: [] })
  rerender({ roomId: 'general' })
  expect(result.current.messages.map(({ text }) => text)).toEqual(['hello'])
})

test('without a provider the error says what is missing', () => {
  const silence = vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(() => renderHook(() => useChat({ roomId: 'general' }))).toThrow(/ChatProvider/)
  silence.mockRestore()
})
