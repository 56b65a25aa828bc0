import axe from 'axe-core'
import { Profiler } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { ChatProvider } from '../chat-provider.tsx'
import { ADA, BOB, createFakeService, type FakeService } from '../testing/fake-service.ts'
import { frame, openRoom, type RoomPage, until } from '../testing/room-page.tsx'
import { ChatRoom } from './chat-room.tsx'

const EVE = { id: 'eve', name: 'Eve', picture: null }

afterEach(() => {
  vi.restoreAllMocks()
})

function talk(service: FakeService): void {
  service.join(BOB, 'moderator')
  service.join(EVE, 'guest')
  service.post(BOB, 'hello')
  service.post(ADA, 'see https://a.example/b')
  const { id } = service.post(EVE, 'bye\nfor now')
  service.react(id, 'ada', '👍', true)
  service.react(id, 'bob', '👍', true)
  service.react(id, 'bob', '🎉', true)
}

const idOf = (page: RoomPage, index: number): string => page.service.messages[index]!.id

async function violationsIn(page: RoomPage): Promise<string[]> {
  // Once the last animation is over: colours in between are not what anybody reads.
  await Promise.all(
    document.getAnimations().flatMap((animation) => {
      const isEndless = animation.effect?.getComputedTiming().iterations === Number.POSITIVE_INFINITY
      return isEndless ? [] : [animation.finished.catch(() => {})]
    }),
  )
  const { violations } = await axe.run(page.box, { rules: { region: { enabled: false } } })
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

test.each(['light', 'dark'])('axe finds nothing in any state of a room, %s', async (theme) => {
  document.documentElement.dataset.theme = theme
  const page = await openRoom({ prepare: talk, role: 'owner' })
  expect(await violationsIn(page)).toEqual([])
  page.service.refuse('message.send', 'forbidden')
  await userEvent.click(page.field())
  await userEvent.keyboard('this fails{Enter}')
  await until(() => page.rows().at(-1)?.dataset.status === 'failed')
  page.service.edit(idOf(page, 0), 'hello again')
  page.service.remove(idOf(page, 2), 'bob')
  page.service.refuse('message.send')
  page.service.hold()
  await userEvent.keyboard('this waits{Enter}')
  page.button('3 members').click()
  await until(() => page.rows().at(-1)?.dataset.status === 'pending' && page.box.querySelector('aside') !== null)
  expect(await violationsIn(page)).toEqual([])
  page.row(idOf(page, 1)).focus()
  await userEvent.keyboard('{ArrowUp}{ArrowDown}{Enter}')
  await until(() => document.activeElement?.getAttribute('aria-label') === 'Add reaction')
  expect(await violationsIn(page)).toEqual([])
})

test('axe finds nothing in an empty room, while one loads, and where one may only read', async () => {
  expect(await violationsIn(await openRoom())).toEqual([])
  expect(await violationsIn(await openRoom({ prepare: (service) => service.hold(), isLive: false }))).toEqual([])
  expect(await violationsIn(await openRoom({ role: 'guest', prepare: talk }))).toEqual([])
})

test('the list is one stop of the Tab key; arrows move among messages, Enter goes into one, Escape comes back', async () => {
  const page = await openRoom({ prepare: talk })
  page.field().focus()
  await userEvent.keyboard('{Shift>}{Tab}{/Shift}')
  // The last message's own buttons come after it, so they are met first on the way back.
  await until(() => page.row(idOf(page, 2)).contains(document.activeElement))
  page.row(idOf(page, 2)).focus()
  await userEvent.keyboard('{ArrowUp}')
  expect(document.activeElement).toBe(page.row(idOf(page, 1)))
  await userEvent.keyboard('{Home}')
  expect(document.activeElement).toBe(page.row(idOf(page, 0)))
  await userEvent.keyboard('{ArrowUp}')
  expect(document.activeElement).toBe(page.row(idOf(page, 0)))
  await userEvent.keyboard('{End}')
  expect(document.activeElement).toBe(page.row(idOf(page, 2)))
  expect(page.rows().map(({ tabIndex }) => tabIndex)).toEqual([-1, -1, 0])
  await userEvent.keyboard('{ArrowUp}{Enter}')
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Add reaction')
  await userEvent.keyboard('{Escape}')
  expect(document.activeElement).toBe(page.row(idOf(page, 1)))
})

test('a message is named by its author, its text and its time', async () => {
  const page = await openRoom({ prepare: talk })
  const nameOf = (element: Element): string =>
    element
      .getAttribute('aria-labelledby')!
      .split(' ')
      .map((id) => document.getElementById(id)!.textContent.trim())
      .join(', ')
  expect(page.rows().map(nameOf)).toEqual([
    expect.stringMatching(/^Bob Ross, hello, \d+:\d\d [AP]M$/),
    expect.stringMatching(/^You, see https:\/\/a.example\/b, \d+:\d\d [AP]MSent$/),
    expect.stringMatching(/^Eve, bye\nfor now, \d+:\d\d [AP]M$/),
  ])
})

test('a reaction is added by keyboard alone, and the focus returns to where it was', async () => {
  const page = await openRoom({ prepare: talk })
  page.row(idOf(page, 2)).focus()
  await userEvent.keyboard('{ArrowUp}{ArrowUp}{Enter}{Enter}')
  await until(() => document.activeElement?.getAttribute('aria-label') === 'React with 👍')
  await userEvent.keyboard('{ArrowRight}{ArrowDown}{ArrowUp}{Enter}')
  await until(() => page.row(idOf(page, 0)).textContent.includes('❤️'))
  await until(() => document.activeElement?.getAttribute('aria-label') === 'Add reaction')
  expect(page.row(idOf(page, 0)).contains(document.activeElement)).toBe(true)
  expect(document.querySelector(':popover-open')).toBeNull()
})

test('Escape closes the emoji and changes nothing', async () => {
  const page = await openRoom({ prepare: talk })
  page.row(idOf(page, 2)).focus()
  await userEvent.keyboard('{ArrowUp}{Enter}{Enter}')
  await until(() => document.querySelector(':popover-open') !== null)
  await userEvent.keyboard('{Escape}')
  await until(() => document.querySelector(':popover-open') === null)
  expect(page.service.frames.some(({ type }) => type === 'message.react')).toBe(false)
})

test('a reaction says who gave it, and toggles one’s own', async () => {
  const page = await openRoom({ prepare: talk })
  const thumbs = page.button('👍 2, from You and \u2068Bob Ross\u2069')
  expect(thumbs.getAttribute('aria-pressed')).toBe('true')
  expect(page.button('🎉 1, from \u2068Bob Ross\u2069').getAttribute('aria-pressed')).toBe('false')
  await userEvent.click(thumbs)
  await until(() => page.box.querySelector('[aria-label="👍 1, from \u2068Bob Ross\u2069"]') !== null)
})

test('deleting asks first, leaves a tombstone, and the focus stays with the message', async () => {
  const page = await openRoom({ prepare: talk })
  page.row(idOf(page, 2)).focus()
  await userEvent.keyboard('{ArrowUp}{Enter}')
  page.button('Delete', page.row(idOf(page, 1))).focus()
  await userEvent.keyboard('{Enter}')
  await until(() => document.activeElement?.textContent === 'Cancel')
  await userEvent.keyboard('{Shift>}{Tab}{/Shift}{Enter}')
  await until(() => page.row(idOf(page, 1)).dataset.status === 'deleted')
  expect(page.row(idOf(page, 1)).textContent).toContain('Message deleted')
  expect(document.activeElement).toBe(page.row(idOf(page, 1)))
})

test('a refused change is taken back and says why', async () => {
  const page = await openRoom({ prepare: talk })
  page.service.refuse('message.react', 'reaction_limit')
  await userEvent.click(page.button('🎉 1, from \u2068Bob Ross\u2069'))
  await until(() => page.find('.parlor-notices').textContent.includes('as many reactions as fit'))
  expect(page.find('.parlor-notices').getAttribute('role')).toBe('alert')
  expect(page.button('🎉 1, from \u2068Bob Ross\u2069')).toBeTruthy()
})

test('what may not be done is not offered', async () => {
  const page = await openRoom({ prepare: talk })
  await userEvent.hover(page.row(idOf(page, 0)))
  await until(() => page.row(idOf(page, 0)).querySelector('.parlor-toolbar') !== null)
  const labels = [...page.row(idOf(page, 0)).querySelectorAll('.parlor-toolbar button')].map((button) =>
    button.getAttribute('aria-label'),
  )
  expect(labels).toEqual(['Add reaction'])
})

test('on touch a tap opens a message and another closes it; a long press opens it too', async () => {
  const page = await openRoom({ prepare: talk })
  const row = page.row(idOf(page, 1))
  const touch = (type: string): void => {
    row.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: 'touch' }))
  }
  const tap = (): void => {
    touch('pointerdown')
    touch('pointerup')
    row.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  }
  const isOpen = (): boolean => row.querySelector('.parlor-toolbar') !== null
  tap()
  await until(isOpen)
  tap()
  await until(() => !isOpen())
  touch('pointerdown')
  await until(isOpen)
  touch('pointerup')
  row.dispatchEvent(new MouseEvent('click', { bubbles: true }))
  await frame()
  expect(isOpen()).toBe(true)
  document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, pointerType: 'touch' }))
  await until(() => !isOpen())
})

test('new messages of others are announced; one’s own, older ones and edits are not; several are counted', async () => {
  const page = await openRoom({
    pageSize: 3,
    prepare(service) {
      for (let index = 0; index < 6; index++) service.post(BOB, `old ${index}`)
    },
  })
  const region = page.find('.parlor-list > [aria-live="polite"]')
  const said: string[] = []
  new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true, subtree: true })
  expect(page.scroller().getAttribute('role')).toBe('log')
  expect(page.scroller().getAttribute('aria-live')).toBe('off')
  await until(() => page.rows().length === 6)
  page.service.edit(idOf(page, 5), 'edited')
  await userEvent.click(page.field())
  await userEvent.keyboard('mine{Enter}')
  page.service.post(BOB, 'hi Ada')
  await vi.waitFor(() => expect(said).toEqual(['Bob Ross: hi Ada']), { timeout: 5_000 })
  page.service.post(BOB, 'one')
  page.service.post(EVE, 'two')
  await vi.waitFor(() => expect(said.at(-1)).toBe('2 new messages'), { timeout: 5_000 })
})

test('typing renders no message, and a new message renders only itself and its neighbour', async () => {
  const onRender = vi.fn()
  const page = await openRoom({
    prepare(service) {
      for (let index = 0; index < 30; index++) service.post(BOB, `text ${index}`)
    },
    wrap: (room) => (
      <Profiler id="room" onRender={onRender}>
        {room}
      </Profiler>
    ),
  })
  // Each message writes its machine-readable time once per render.
  const renders = vi.spyOn(Date.prototype, 'toISOString')
  await userEvent.click(page.field())
  await userEvent.keyboard('several keys')
  expect(onRender).toHaveBeenCalled()
  expect(renders).not.toHaveBeenCalled()
  page.service.post(BOB, 'new')
  await until(() => page.rows().length === 31)
  // StrictMode renders twice. The neighbour is no longer the last of its run, nor where the Tab key stops.
  expect(renders.mock.calls.length).toBeLessThanOrEqual(4)
})

test('the first HTML holds the messages, and the browser takes it over without a word', async () => {
  const words = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
  const service = createFakeService({ name: 'General' })
  talk(service)
  const { runtime } = service.clientOptions
  const page = (
    <ChatProvider {...{ url: 'https://chat.test', getToken: () => 'token' }} userId="ada">
      <ChatRoom roomId="general" initial={service.snapshot()} enabled={false} />
    </ChatProvider>
  )
  const html = renderToString(page)
  expect(html).toContain('hello')
  expect(html).toContain('Eve')
  expect(html).toContain('data-own="true"')
  const box = document.createElement('div')
  document.body.append(box)
  box.innerHTML = html
  const field = box.querySelector('textarea')!
  field.value = 'typed before it was alive'
  const root = hydrateRoot(box, page)
  const [time] = box.querySelectorAll<HTMLTimeElement>('article time')
  const plain = time!.textContent
  await until(() => time!.textContent !== plain || new Date().getTimezoneOffset() === 0)
  await frame()
  expect(box.querySelector('textarea')).toBe(field)
  expect(field.value).toBe('typed before it was alive')
  expect(box.querySelector('.parlor-send')?.hasAttribute('disabled')).toBe(false)
  for (const word of words) expect(word).not.toHaveBeenCalled()
  root.unmount()
  box.remove()
  expect(runtime).toBeDefined()
})

test('a room on its own opens one socket, though StrictMode mounts it twice', async () => {
  const page = await openRoom({ prepare: talk })
  page.show({ title: 'Another title' })
  await until(() => page.box.textContent.includes('Another title'))
  expect(page.service.sockets).toHaveLength(1)
  expect(page.service.frames.filter(({ type }) => type === 'room.open')).toHaveLength(1)
})

test('an outage is told after a moment, what was written in it is sent after it, and then it is quiet again', async () => {
  const page = await openRoom({ prepare: talk })
  page.service.cut()
  await until(() => page.find('.parlor-banner').textContent.includes('Chat can’t be reached'))
  await userEvent.click(page.field())
  await userEvent.keyboard('written offline{Enter}')
  await until(() => page.rows().at(-1)?.dataset.status === 'pending')
  page.service.heal()
  page.button('Try now').click()
  await vi.waitFor(() => expect(page.rows().at(-1)?.dataset.status).toBe('sent'), { timeout: 5_000 })
  expect(page.rows().at(-1)?.textContent).toContain('written offline')
  await until(() => page.find('.parlor-banner').textContent === '')
})

test('the members are listed with their roles, and Escape closes them', async () => {
  const page = await openRoom({ prepare: talk, role: 'owner' })
  await userEvent.click(page.button('3 members'))
  const names = [...page.find('aside').querySelectorAll('li')].map((item) => item.querySelector('bdi')!.textContent)
  expect(names).toEqual(['Ada Lovelace', 'Bob Ross', 'Eve'])
  expect(page.find('aside').textContent).toContain('(You)Owner')
  page.button('Close members').focus()
  await userEvent.keyboard('{Escape}')
  await until(() => page.box.querySelector('aside') === null)
  expect(document.activeElement).toBe(page.button('3 members'))
})
