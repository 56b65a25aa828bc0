import type { ChatClientOptions } from '@parlor/client'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ChatProvider, type ChatProviderProps } from './chat-provider.tsx'
import { createFakeDevice, type FakeDevice } from './testing/fake-device.ts'
import { ADA, BOB, createFakeService, type FakeService } from './testing/fake-service.ts'
import { useChat } from './use-chat.ts'
import { useConnection } from './use-connection.ts'

let service: FakeService
let device: FakeDevice
vi.mock('@parlor/client', async (importOriginal) => {
  const real = await importOriginal<typeof import('@parlor/client')>()
  return {
    ...real,
    createChatClient: (options: ChatClientOptions) =>
      real.createChatClient({
        getToken: () => 'token',
        ...options,
        runtime: { ...service.clientOptions.runtime, ...device.runtime },
      }),
  }
})
beforeEach(() => {
  service = createFakeService()
  device = createFakeDevice()
})
afterEach(cleanup)

let chat: ReturnType<typeof useChat>
let forget: () => Promise<void>

function Reader(): ReactNode {
  chat = useChat({ roomId: 'general' })
  forget = useConnection().forget
  return <p data-testid="reader">{chat.messages.map(({ status, text }) => `${status} ${text}`).join()}</p>
}

function page(props: Partial<ChatProviderProps> = {}): ReactNode {
  return (
    <StrictMode>
      <ChatProvider {...({ url: 'https://chat.test', userId: 'ada', ...props } as ChatProviderProps)}>
        <Reader />
      </ChatProvider>
    </StrictMode>
  )
}

async function untilReads(text: string): Promise<void> {
  await waitFor(() => expect(screen.getByTestId('reader').textContent).toBe(text))
}

const users = () => [...device.records.keys()].filter((key) => key.startsWith('user,'))

test('[G5] a provider that comes again shows what waits and what was there, and sends it once', async () => {
  service.post(BOB, 'hi')
  const { unmount } = render(page())
  await untilReads('sent hi')
  await waitFor(() => expect(JSON.stringify([...device.records])).toContain('hi'))
  service.cut()
  void chat.send('one')
  await untilReads('sent hi,pending one')
  await waitFor(() => expect(JSON.stringify([...device.records])).toContain('one'))
  unmount()
  render(page())
  await untilReads('sent hi,pending one')
  service.heal()
  cleanup()
  render(page())
  await untilReads('sent hi,sent one')
  expect(service.messages.map(({ text }) => text)).toEqual(['hi', 'one'])
})

test('the first render is the server’s, whatever is kept', async () => {
  service.post(BOB, 'hi')
  const { unmount } = render(page())
  await untilReads('sent hi')
  unmount()
  const { container } = render(page())
  expect(container.textContent).toBe('')
  await untilReads('sent hi')
})

test('signing out deletes what is kept', async () => {
  service.post(BOB, 'hi')
  const { rerender } = render(page())
  await untilReads('sent hi')
  await waitFor(() => expect(users()).toEqual(['user,ada']))
  rerender(page({ userId: null }))
  await waitFor(() => expect([...device.records]).toEqual([]))
})

test('another user’s coming deletes it, and theirs is kept', async () => {
  const { rerender } = render(page())
  await waitFor(() => expect(users()).toEqual(['user,ada']))
  service = createFakeService({ viewer: BOB })
  rerender(page({ userId: 'bob' }))
  await waitFor(() => expect(users()).toEqual(['user,bob']))
  service.cut()
  void chat.send('from bob')
  await waitFor(() => expect(JSON.stringify([...device.records])).toContain('from bob'))
  expect(JSON.stringify([...device.records])).not.toContain(ADA.id)
})

test('a session that is still being loaded deletes nothing', async () => {
  service.post(BOB, 'hi')
  const { unmount } = render(page())
  await untilReads('sent hi')
  unmount()
  const { rerender } = render(page({ userId: null }))
  rerender(page({ userId: undefined }))
  rerender(page())
  await untilReads('sent hi')
  expect(users()).toEqual(['user,ada'])
})

test('an app that signs out elsewhere asks for it', async () => {
  render(page())
  await waitFor(() => expect(users()).toEqual(['user,ada']))
  await forget()
  expect([...device.records]).toEqual([])
})

test('offline={false} keeps nothing', async () => {
  service.post(BOB, 'hi')
  render(page({ offline: false }))
  await untilReads('sent hi')
  void chat.send('one')
  await untilReads('sent hi,sent one')
  expect([...device.records]).toEqual([])
})
