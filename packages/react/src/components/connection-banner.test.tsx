import { type ChatClient, ChatError, type ConnectionSnapshot, type ConnectionStatus } from '@parlor/client'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ChatProvider } from '../chat-provider.tsx'
import { ConnectionBanner } from './connection-banner.tsx'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

/** A banner over a client whose status the test sets. */
function showBanner() {
  let snapshot: ConnectionSnapshot = { status: 'live', error: null, user: null, retryAt: null }
  const listeners = new Set<() => void>()
  const retry = vi.fn()
  const client: Pick<ChatClient, 'getSnapshot' | 'subscribe' | 'retry'> = {
    retry,
    getSnapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  render(
    <ChatProvider client={client as ChatClient}>
      <ConnectionBanner />
    </ChatProvider>,
  )
  return {
    retry,
    become(status: ConnectionStatus, error: ChatError | null = null) {
      snapshot = { ...snapshot, status, error }
      act(() => {
        for (const listener of listeners) listener()
      })
    },
    pass(ms: number): void {
      act(() => void vi.advanceTimersByTime(ms))
    },
    text: () => screen.getByRole('status').textContent,
  }
}

test('what is over in a moment is not told', () => {
  const { become, pass, text } = showBanner()
  become('offline')
  pass(1_000)
  expect(text()).toBe('')
  become('connecting')
  pass(100)
  become('live')
  pass(60_000)
  expect(text()).toBe('')
})

test('the tries of one outage are one outage', () => {
  const { become, pass, text } = showBanner()
  for (let index = 0; index < 5; index++) {
    become('offline')
    pass(200)
    become('connecting')
    pass(200)
  }
  expect(text()).toContain('Chat can’t be reached right now.')
  become('catching-up')
  expect(text()).toBe('Catching up…')
  become('live')
  expect(text()).toBe('')
})

test('an outage is the person’s own only when the browser says so', () => {
  const { become, pass, text } = showBanner()
  const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  // What a developer should look at is the service, and this isn't its fault.
  become('offline', new ChatError('offline', { hint: 'Is the chat service running?' }))
  pass(5_000)
  expect(text()).toContain('You’re offline.')
  expect(text()).not.toContain('Is the chat service running?')
  onLine.mockRestore()
})

test('who is signed out is offered no other try', () => {
  const { become, text } = showBanner()
  become('denied', new ChatError('signed_out'))
  expect(text()).toContain('Sign in to chat.')
  expect(screen.queryByRole('button', { name: 'Try now' })).toBeNull()
})

test('a slow first connection is a connection, not an outage', () => {
  const { become, pass, text } = showBanner()
  become('connecting')
  pass(5_000)
  expect(text()).toBe('Connecting…')
  become('expired')
  expect(text()).toBe('Renewing your session…')
})

test('what is final is told at once, with what to do', () => {
  const { become, text, retry } = showBanner()
  become('denied', new ChatError('origin_refused', { hint: 'Add http://localhost:3000 to ALLOWED_ORIGINS.' }))
  expect(text()).toContain('This site isn’t allowed to connect yet.')
  expect(text()).toContain('Add http://localhost:3000 to ALLOWED_ORIGINS.')
  screen.getByRole('button', { name: 'Try now' }).click()
  expect(retry).toHaveBeenCalledOnce()
  become('denied', new ChatError('connection_closed'))
  expect(text()).toContain('Chat isn’t available right now.')
})
