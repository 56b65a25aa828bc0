import type { ChatClientOptions } from '@parlor/client'
import { act, cleanup, render, screen, waitFor } from '@testing-library/react'
import { Activity, Profiler, type ReactNode, StrictMode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useStrings } from './chat-context.ts'
import { ChatProvider, type ChatProviderProps } from './chat-provider.tsx'
import { BOB, createFakeService, type FakeService } from './testing/fake-service.ts'
import { useChat } from './use-chat.ts'
import { useConnection } from './use-connection.ts'

// The provider makes its own client; only the network below it is the test's.
let service: FakeService
let made: ChatClientOptions[] = []
vi.mock('@parlor/client', async (importOriginal) => {
  const real = await importOriginal<typeof import('@parlor/client')>()
  return {
    ...real,
    createChatClient(options: ChatClientOptions) {
      made.push(options)
      return real.createChatClient({ getToken: () => 'token', ...options, runtime: service.clientOptions.runtime! })
    },
  }
})
beforeEach(() => {
  service = createFakeService()
  made = []
})
afterEach(cleanup)

function Reader(): ReactNode {
  const { messages, status } = useChat({ roomId: 'general' })
  const { user } = useConnection()
  return (
    <p data-testid="reader">
      {status} {user?.id ?? 'nobody'} {messages.map(({ text }) => text).join()}
    </p>
  )
}

function Words(): ReactNode {
  return <p>{useStrings().send}</p>
}

function Status(): ReactNode {
  const { status, error, retry } = useConnection()
  return (
    <button type="button" onClick={retry}>
      {status} {error?.code}
    </button>
  )
}

const url = 'https://chat.test'

function page(props: Partial<ChatProviderProps> = {}, children: ReactNode = <Reader />): ReactNode {
  return (
    <StrictMode>
      <ChatProvider {...({ url, ...props } as ChatProviderProps)}>{children}</ChatProvider>
    </StrictMode>
  )
}

async function untilReads(text: string): Promise<void> {
  await waitFor(() => expect(screen.getByTestId('reader').textContent).toBe(text))
}

test('nothing connects before a room is opened', async () => {
  render(page({}, <p>no chat here</p>))
  await act(async () => {})
  expect(service.sockets).toHaveLength(0)
})

test('a session object that is fetched again changes nothing', async () => {
  service.post(BOB, 'hi')
  const { rerender } = render(page({ userId: 'ada', getToken: () => 'token' }))
  await untilReads('live ada hi')
  rerender(page({ userId: 'ada', getToken: () => 'another' }))
  await untilReads('live ada hi')
  expect(service.sockets).toHaveLength(1)
})

test('the client is told what the provider is, and nothing that it isn’t', () => {
  render(page())
  const options = { tokenUrl: '/token', userId: 'ada', pageSize: 7, offline: false, shareConnection: false }
  render(page(options))
  expect(made[0]).toEqual({ url })
  expect(made.at(-1)).toEqual({ url, ...options })
})

test('signing out disconnects and clears what was loaded', async () => {
  service.post(BOB, 'secret')
  const { rerender } = render(page({ userId: 'ada' }))
  await untilReads('live ada secret')
  rerender(page({ userId: null }))
  await untilReads('idle nobody ')
  await waitFor(() => expect(service.openSockets()).toBe(0))
  expect(service.sockets).toHaveLength(1)
})

test('another user gets another client, and sees nothing of the first', async () => {
  service.post(BOB, 'for ada')
  const { rerender } = render(page({ userId: 'ada' }))
  await untilReads('live ada for ada')
  service = createFakeService({ viewer: BOB })
  rerender(page({ userId: 'bob' }))
  expect(screen.getByTestId('reader').textContent).not.toContain('for ada')
  await untilReads('live bob ')
})

test('a provider that goes closes its connection', async () => {
  const { unmount } = render(page())
  await untilReads('live ada ')
  unmount()
  await waitFor(() => expect(service.openSockets()).toBe(0))
})

test('a hidden page disconnects, keeps what it had, and connects when it is shown again', async () => {
  service.post(BOB, 'kept')
  const { rerender } = render(<Activity mode="visible">{page()}</Activity>)
  await untilReads('live ada kept')
  rerender(<Activity mode="hidden">{page()}</Activity>)
  await waitFor(() => expect(service.openSockets()).toBe(0))
  rerender(<Activity mode="visible">{page()}</Activity>)
  await untilReads('live ada kept')
  expect(service.openSockets()).toBe(1)
})

test('words can be replaced, and the same words in a new object render nothing again', async () => {
  const onRender = vi.fn()
  const words = (
    <Profiler id="words" onRender={onRender}>
      <Words />
    </Profiler>
  )
  const { rerender } = render(page({ strings: { send: 'Senden' } }, words))
  expect(screen.getByText('Senden')).toBeTruthy()
  onRender.mockClear()
  rerender(page({ strings: { send: 'Senden' } }, words))
  expect(onRender).not.toHaveBeenCalled()
  rerender(page({ strings: { send: 'Envoyer' } }, words))
  expect(screen.getByText('Envoyer')).toBeTruthy()
})

test('the connection is denied with its reason when nobody is signed in, and can be tried again', async () => {
  let token: string | null = null
  const both = (
    <>
      <Status />
      <Reader />
    </>
  )
  render(page({ getToken: () => token }, both))
  await waitFor(() => expect(screen.getByRole('button').textContent).toBe('denied signed_out'))
  token = 'token'
  act(() => screen.getByRole('button').click())
  await waitFor(() => expect(screen.getByRole('button').textContent).toBe('live '))
})
