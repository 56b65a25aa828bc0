import { expect, test } from 'vitest'
import { createAddress } from './address.ts'

test.each([
  ['https://chat.example.com', 'wss://chat.example.com/v1/ws', 'https://chat.example.com/v1/check'],
  ['http://localhost:4000/', 'ws://localhost:4000/v1/ws', 'http://localhost:4000/v1/check'],
  ['wss://example.com/chat/', 'wss://example.com/chat/v1/ws', 'https://example.com/chat/v1/check'],
  ['ws://example.com:81?x#y', 'ws://example.com:81/v1/ws', 'http://example.com:81/v1/check'],
])('%s has its endpoints', (url, socketUrl, checkUrl) => {
  const address = createAddress(url)
  expect([address.socketUrl(), address.checkUrl()]).toEqual([socketUrl, checkUrl])
})

test.each(['', 'chat.example.com', 'ftp://example.com', 'undefined'])('%j is refused with what to write', (url) => {
  expect(() => createAddress(url)).toThrow(/such as "https:\/\/chat\.example\.com"/)
})
