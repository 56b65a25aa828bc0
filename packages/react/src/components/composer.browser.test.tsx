import { ChatError } from '@parlor/client'
import { type ReactNode, useMemo } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { cdp, userEvent } from 'vitest/browser'
import { ADA, BOB } from '../testing/fake-service.ts'
import { openRoom, type RoomPage, until } from '../testing/room-page.tsx'
import { useChat } from '../use-chat.ts'
import { Composer } from './composer.tsx'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Its sends are refused before there is a row. */
function ComposerThatFails(): ReactNode {
  const chat = useChat({ roomId: 'general' })
  const failing = useMemo(() => ({ ...chat, send: () => Promise.reject(new ChatError('message_empty')) }), [chat])
  return <Composer chat={failing} />
}

const textsOf = (page: RoomPage): (string | null)[] =>
  page.rows().map((row) => row.querySelector('.parlor-message-text')!.textContent)
const sentTo = (page: RoomPage): string[] =>
  page.service.frames.flatMap((frame) => (frame.type === 'message.send' ? [frame.text] : []))

test('Enter sends and empties the field, which keeps the focus', async () => {
  const page = await openRoom()
  await userEvent.click(page.field())
  await userEvent.keyboard('hello{Enter}')
  await until(() => textsOf(page).includes('hello'))
  expect(page.field().value).toBe('')
  expect(document.activeElement).toBe(page.field())
})

test('Shift+Enter starts a new line', async () => {
  const page = await openRoom()
  await userEvent.click(page.field())
  const before = page.field().getBoundingClientRect().height
  await userEvent.keyboard('one{Shift>}{Enter}{/Shift}two')
  expect(page.field().value).toBe('one\ntwo')
  expect(page.field().getBoundingClientRect().height).toBeGreaterThan(before)
  await userEvent.keyboard('{Enter}')
  await until(() => textsOf(page).includes('one\ntwo'))
})

test('blanks are not sent, and the button says so', async () => {
  const page = await openRoom()
  await userEvent.click(page.field())
  await userEvent.keyboard('  {Enter}')
  expect(page.button('Send').hasAttribute('disabled')).toBe(true)
  await userEvent.keyboard('x')
  expect(page.button('Send').hasAttribute('disabled')).toBe(false)
  await userEvent.click(page.button('Send'))
  await until(() => textsOf(page).includes('x'))
  expect(sentTo(page)).toEqual(['x'])
})

test('Enter belongs to the input method while it composes', async () => {
  const page = await openRoom()
  await userEvent.click(page.field())
  await cdp().send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
  expect(page.field().value).toBe('にほん')
  await cdp().send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', windowsVirtualKeyCode: 229 })
  await userEvent.keyboard('{Enter}')
  expect(sentTo(page)).toEqual([])
  expect(page.field().value).toContain('にほん')
  await cdp().send('Input.insertText', { text: '日本' })
  await userEvent.keyboard('{Enter}')
  await until(() => sentTo(page).length === 1)
  expect(sentTo(page)[0]).toContain('日本')
})

test('Safari ends composing before it sends the Enter that did it', async () => {
  const page = await openRoom()
  await userEvent.fill(page.field(), '日本')
  const enter = new KeyboardEvent('keydown', {
    key: 'Enter',
    keyCode: 229,
    bubbles: true,
    cancelable: true,
  } as KeyboardEventInit)
  page.field().dispatchEvent(enter)
  expect(enter.defaultPrevented).toBe(false)
  expect(sentTo(page)).toEqual([])
})

test('on a touch screen Enter starts a new line, and the button sends without closing the keyboard', async () => {
  const page = await openRoom()
  const real = window.matchMedia.bind(window)
  vi.spyOn(window, 'matchMedia').mockImplementation((query) =>
    query.includes('pointer: coarse') ? ({ matches: true } as MediaQueryList) : real(query),
  )
  await userEvent.click(page.field())
  await userEvent.keyboard('one{Enter}two')
  expect(page.field().value).toBe('one\ntwo')
  await userEvent.click(page.button('Send'))
  await until(() => textsOf(page).includes('one\ntwo'))
  expect(document.activeElement).toBe(page.field())
})

test('ArrowUp in the empty field edits the last message of one’s own; Escape ends it and brings the draft back', async () => {
  const page = await openRoom({
    prepare(service) {
      service.post(ADA, 'mine')
      service.post(BOB, 'not mine')
    },
  })
  await userEvent.click(page.field())
  await userEvent.keyboard('{ArrowUp}')
  await until(() => page.field().value === 'mine')
  expect(page.box.textContent).toContain('Editing your message')
  expect(document.activeElement).toBe(page.field())
  await userEvent.keyboard('{Escape}')
  await until(() => page.field().value === '')
  expect(document.activeElement).toBe(page.field())
  await userEvent.keyboard('a draft{ArrowUp}')
  expect(page.field().value).toBe('a draft')
})

test('an edit is saved with Enter, and shown as edited', async () => {
  const page = await openRoom({ prepare: (service) => void service.post(ADA, 'helo') })
  await userEvent.click(page.field())
  await userEvent.keyboard('{ArrowUp}')
  await until(() => page.field().value === 'helo')
  await userEvent.keyboard('{Backspace}lo{Enter}')
  await until(() => page.rows()[0]!.textContent.includes('edited'))
  expect(textsOf(page)).toEqual(['hello'])
  expect(page.field().value).toBe('')
})

test('a refused edit keeps what was typed, and offers it again', async () => {
  const page = await openRoom({ prepare: (service) => void service.post(ADA, 'first') })
  page.service.refuse('message.edit', 'edit_conflict')
  await userEvent.click(page.field())
  await userEvent.keyboard('{ArrowUp}')
  await until(() => page.field().value === 'first')
  await userEvent.keyboard(' and more{Enter}')
  await until(() => page.box.textContent.includes('The message was changed in the meantime.'))
  expect(textsOf(page)).toEqual(['first'])
  page.button('Edit', page.find('.parlor-composer')).click()
  await until(() => page.field().value === 'first and more')
})

test('a refused message stays in the list with its text, and can be tried again or discarded', async () => {
  const page = await openRoom()
  page.service.refuse('message.send', 'forbidden')
  await userEvent.click(page.field())
  await userEvent.keyboard('keep me{Enter}')
  await until(() => page.rows()[0]?.dataset.status === 'failed')
  expect(page.rows()[0]!.textContent).toContain('keep me')
  expect(page.rows()[0]!.textContent).toContain('Your role in this room doesn’t allow that.')
  expect(page.field().value).toBe('')
  page.service.refuse('message.send')
  page.button('Try again').click()
  await until(() => page.rows()[0]?.dataset.status === 'sent')
  page.service.refuse('message.send', 'forbidden')
  await userEvent.keyboard('drop me{Enter}')
  await until(() => page.rows()[1]?.dataset.status === 'failed')
  page.button('Discard').click()
  await until(() => page.rows().length === 1)
})

test('a message that is too long can be written again, and what was typed meanwhile stays', async () => {
  const page = await openRoom()
  page.service.refuse('message.send', 'message_too_long')
  await userEvent.click(page.field())
  await userEvent.keyboard('far too long{Enter}')
  await until(() => page.rows()[0]?.dataset.status === 'failed')
  await userEvent.keyboard('the next one')
  page.service.refuse('message.send')
  page.button('Edit').click()
  await until(() => page.field().value === 'far too long')
  await userEvent.keyboard('{Backspace>9/}{Enter}')
  await until(() => page.rows()[0]?.dataset.status === 'sent')
  expect(textsOf(page)).toEqual(['far'])
  await until(() => page.field().value === 'the next one')
})

test('a text that no row keeps comes back into the field', async () => {
  const page = await openRoom({ wrap: () => <ComposerThatFails /> })
  await userEvent.click(page.field())
  await userEvent.keyboard('precious{Enter}')
  await until(() => page.field().value === 'precious')
  expect(page.button('Send').hasAttribute('disabled')).toBe(false)
})

test('text that was not sent stays with its room', async () => {
  const page = await openRoom()
  await userEvent.click(page.field())
  await userEvent.keyboard('half a thought')
  page.show({ roomId: 'other' })
  await until(() => page.field().value === '')
  page.show({ roomId: 'general' })
  await until(() => page.field().value === 'half a thought')
})

test('a text that is too long is neither cut nor sent, and it is said how much too long it is', async () => {
  const page = await openRoom({ props: { maxLength: 300 } })
  await userEvent.fill(page.field(), 'x'.repeat(250))
  await until(() => page.find('.parlor-composer-count').textContent === '50')
  await userEvent.fill(page.field(), 'x'.repeat(312))
  await until(() => page.find('.parlor-composer-count').textContent === '-12')
  expect(page.field().getAttribute('aria-invalid')).toBe('true')
  expect(page.find('.parlor-composer [role="status"]').textContent).toBe('20 characters too long')
  expect(page.button('Send').hasAttribute('disabled')).toBe(true)
  await userEvent.click(page.field())
  await userEvent.keyboard('{Enter}')
  expect(page.field().value).toHaveLength(312)
  expect(sentTo(page)).toEqual([])
})

test('who may not write is told why, and what was typed stays', async () => {
  const page = await openRoom()
  await userEvent.fill(page.field(), 'typed before')
  page.service.join(ADA, 'guest')
  await until(() => page.box.textContent.includes('You can read this room, but not write in it.'))
  expect(page.field().readOnly).toBe(true)
  expect(page.field().value).toBe('typed before')
  expect(page.field().checkVisibility()).toBe(true)
  page.service.join(ADA, 'member')
  await until(() => !page.field().readOnly)
  expect(page.field().value).toBe('typed before')
})
