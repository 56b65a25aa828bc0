import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { Avatar } from './avatar.tsx'

const DOT = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
const BROKEN = 'data:image/png;base64,AAAA'
const ada = { id: 'ada', name: 'Ada Lovelace' }

afterEach(cleanup)

test('a picture is shown, and its host is not told from which page', async () => {
  const { container } = render(<Avatar user={{ ...ada, picture: DOT }} />)
  await vi.waitFor(() => expect(container.querySelector('img')?.naturalWidth).toBe(1))
  expect(container.querySelector('img')?.referrerPolicy).toBe('no-referrer')
  expect(container.textContent).toBe('')
})

test('a picture that cannot be loaded gives way to the initials, and a new one is tried', async () => {
  const { container, rerender } = render(<Avatar user={{ ...ada, picture: BROKEN }} />)
  await vi.waitFor(() => expect(container.textContent).toBe('AL'))
  rerender(<Avatar user={{ ...ada, picture: DOT }} />)
  await vi.waitFor(() => expect(container.querySelector('img')?.naturalWidth).toBe(1))
})

test('a picture that failed before the page came alive gives way too', async () => {
  const image = new Image()
  image.src = BROKEN
  await vi.waitFor(() => expect(image.complete).toBe(true))
  const { container } = render(<Avatar user={{ ...ada, picture: BROKEN }} />)
  await vi.waitFor(() => expect(container.textContent).toBe('AL'))
})
