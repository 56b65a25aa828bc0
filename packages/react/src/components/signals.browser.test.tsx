import type { PresentUser } from '@parlor/client'
import { expect, test, vi } from 'vitest'
import { ADA, BOB } from '../testing/fake-service.ts'
import { frame, openRoom, type RoomPage, until } from '../testing/room-page.tsx'

test('[TYPE-1] a line says who writes, and takes the same room when nobody does', async () => {
  const page = await openRoom({ prepare: (service) => service.join(BOB, 'member') })
  const line = page.find('.parlor-typing')
  const height = line.offsetHeight
  tellWriters(page, [ADA.name, 'Bob'])
  await until(() => line.textContent.includes('Bob'))
  expect(bare(line)).toBe('Bob is typing…')
  expect(line.offsetHeight).toBe(height)
  for (const [names, text] of [
    [['Bob', 'Cy'], 'Bob and Cy are typing…'],
    [['Bob', 'Cy', 'Dee'], 'Bob and 2 others are typing…'],
    [[], ''],
  ] as const) {
    tellWriters(page, names)
    await until(() => bare(line) === text)
  }
})

test('a screen reader is told of who goes on writing, not of who stops', async () => {
  const page = await openRoom()
  const status = page.find('.parlor-typing [role="status"]')
  tellWriters(page, ['Bob'])
  await until(() => page.find('.parlor-typing').textContent.includes('Bob'))
  expect(status.textContent).toBe('')
  expect(page.find('.parlor-typing-line').getAttribute('aria-hidden')).toBe('true')
  await until(() => bare(status) === 'Bob is typing…')
  tellWriters(page, ['Bob', 'Cy'])
  await until(() => page.find('.parlor-typing-line').textContent.includes('Cy'))
  expect(bare(status)).toBe('Bob is typing…')
  tellWriters(page, [])
  await until(() => status.textContent === '')
})

test('[TYPE-2] the composer says that one writes, and that one stopped', async () => {
  const page = await openRoom()
  const said = () => page.service.frames.flatMap((frame) => (frame.type === 'typing.set' ? [frame.on] : []))
  type(page, 'h')
  type(page, 'hi')
  expect(said()).toEqual([true])
  type(page, '')
  expect(said()).toEqual([true, false])
  type(page, 'hi')
  await frame()
  page.button('Send').click()
  await until(() => page.rows().length === 1)
  expect(said()).toEqual([true, false, true])
})

test('somebody else’s keystrokes render no message', async () => {
  const page = await openRoom({ prepare: (service) => service.post(BOB, 'hello') })
  const changes: MutationRecord[] = []
  new MutationObserver((records) => changes.push(...records)).observe(page.find('.parlor-list-scroller'), {
    ...{ subtree: true, childList: true, attributes: true, characterData: true },
  })
  const heard = vi.fn()
  page.client.room('general').subscribe(heard)
  for (const names of [['Bob'], ['Bob', 'Cy'], []]) {
    tellWriters(page, names)
    await until(() => page.find('.parlor-typing').dataset.active === (names.length > 0 ? 'true' : undefined))
  }
  await frame()
  expect(heard).not.toHaveBeenCalled()
  expect(changes).toEqual([])
})

test('[PRES-1] who is there is counted, and marked among the members', async () => {
  const page = await openRoom({ prepare: (service) => service.join(BOB, 'member') })
  await until(() => page.service.frames.some(({ type }) => type === 'presence.watch'))
  tellPresent(page, [person(ADA.id, 'online'), person(BOB.id, 'away')])
  await until(() => page.box.querySelector('.parlor-online') !== null)
  expect(page.find('.parlor-online').textContent).toBe('2 online')
  page.find('.parlor-header-members').click()
  await until(() => page.box.querySelectorAll('.parlor-member').length === 2)
  const labels = [...page.box.querySelectorAll('.parlor-member')].map((member) => [
    member.querySelector('.parlor-member-name')?.textContent,
    member.querySelector('.parlor-dot')?.getAttribute('aria-label'),
  ])
  expect(labels).toEqual([
    [ADA.name, 'Online'],
    [BOB.name, 'Away'],
  ])
  tellPresent(page, [person(ADA.id, 'online')])
  await until(() => page.box.querySelectorAll('.parlor-member .parlor-dot').length === 1)
  page.service.cut()
  await until(() => page.find('.parlor-online').dataset.degraded === 'true')
  expect(page.find('.parlor-online').title).toBe('This may be out of date')
})

function tellWriters(page: RoomPage, names: readonly (string | null)[]): void {
  const users = names.map((name) => ({ id: name === ADA.name ? ADA.id : `id of ${name}`, name }))
  page.service.tell({ type: 'typing', roomId: 'general', users, count: users.length })
}

function tellPresent(page: RoomPage, users: PresentUser[]): void {
  page.service.tell({ type: 'presence', roomId: 'general', users, count: users.length })
}

function person(id: string, state: PresentUser['state']): PresentUser {
  return { id, name: id, state }
}

function type(page: RoomPage, text: string): void {
  const field = page.field()
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** Without the marks that isolate a name. */
function bare(element: HTMLElement): string {
  const line = element.querySelector('.parlor-typing-line') ?? (element.role === 'status' ? element : null)
  return line?.textContent.replace(/[\u2068\u2069]/g, '') ?? ''
}
