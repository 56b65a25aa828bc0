import { afterEach, expect, test, vi } from 'vitest'
import { policyFor } from './content-security.ts'

afterEach(() => vi.unstubAllEnvs())

function directive(policy: string, name: string): string[] {
  const found = policy.split('; ').find((part) => part.startsWith(`${name} `))
  return found?.split(' ').slice(1) ?? []
}

test('the page may connect to the app and to the service, by http and by WebSocket, and nowhere else', () => {
  vi.stubEnv('PARLOR_PUBLIC_URL', 'https://chat.example.com/base')
  expect(directive(policyFor('n', false), 'connect-src')).toEqual([
    "'self'",
    'https://chat.example.com',
    'wss://chat.example.com',
  ])
})

test('a service that is named by its WebSocket address is allowed by both', () => {
  vi.stubEnv('PARLOR_PUBLIC_URL', '')
  vi.stubEnv('PARLOR_URL', 'wss://chat.example.com')
  expect(directive(policyFor('n', false), 'connect-src')).toContain('https://chat.example.com')
  expect(directive(policyFor('n', false), 'connect-src')).toContain('wss://chat.example.com')
})

test('an address that is none takes nothing but the chat away from a page', () => {
  vi.stubEnv('PARLOR_PUBLIC_URL', 'chat.example.com')
  expect(directive(policyFor('n', false), 'connect-src')).toEqual(["'self'"])
})

test('scripts run by nonce; eval is for development only', () => {
  expect(directive(policyFor('abc', false), 'script-src')).toEqual(["'self'", "'nonce-abc'", "'strict-dynamic'"])
  expect(directive(policyFor('abc', true), 'script-src')).toContain("'unsafe-eval'")
})
