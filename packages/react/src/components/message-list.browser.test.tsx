import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { BOB, type FakeService } from '../testing/fake-service.ts'
import { frame, openRoom, type RoomPage, until } from '../testing/room-page.tsx'

const LINES = [
  'short',
  'two\nlines',
  'a longer text that needs more than one line in a narrow bubble '.repeat(3),
  '🎉',
  'x',
]

/** Messages of different heights, with reactions on some. */
function fillRoom(count: number): (service: FakeService) => void {
  return (service) => {
    for (let index = 0; index < count; index++) {
      const { id } = service.post(
        index % 3 ? BOB : { id: 'eve', name: 'Eve', picture: null },
        `${index}: ${LINES[index % LINES.length]}`,
      )
      if (index % 4 === 0) service.react(id, 'bob', '👍', true)
    }
  }
}

/** The first message that is seen whole, and where its top is. */
function anchorOf(page: RoomPage): { id: string; top: number } {
  const edge = page.scroller().getBoundingClientRect().top
  const row = page.rows().find((element) => element.getBoundingClientRect().top >= edge)!
  return { id: row.dataset.messageId!, top: row.getBoundingClientRect().top }
}

/** The farthest that a message moved in any frame, until the condition holds and ten frames more. */
async function driftOf(page: RoomPage, id: string, isDone: () => boolean): Promise<number> {
  const start = page.row(id).getBoundingClientRect().top
  let drift = 0
  for (let left = 10, frames = 0; left > 0; frames++) {
    if (frames > 600) throw new Error('it never ended')
    if (isDone()) left -= 1
    await frame()
    drift = Math.max(drift, Math.abs(page.row(id).getBoundingClientRect().top - start))
  }
  return drift
}

const bottomGap = (page: RoomPage): number => Math.abs(page.scroller().scrollTop)

async function scrollTo(page: RoomPage, top: number): Promise<void> {
  page.scroller().scrollTop = top
  await frame()
  await frame()
}

test('a room opens at its newest message', async () => {
  const page = await openRoom({ prepare: fillRoom(60) })
  const last = page.rows().at(-1)!.getBoundingClientRect()
  const { bottom } = page.scroller().getBoundingClientRect()
  expect(page.rows()).toHaveLength(50)
  expect(bottom - last.bottom).toBeGreaterThan(0)
  expect(bottom - last.bottom).toBeLessThan(30)
})

test.each([
  ['in the middle', -900],
  ['near the top', -1_000_000 + 40],
  ['at the very top', -1_000_000],
])('older messages that arrive above keep what is read in its place: %s', async (_where, top) => {
  const page = await openRoom({ prepare: fillRoom(400), pageSize: 50 })
  page.service.hold()
  await scrollTo(page, top)
  if (top > -900_000) page.button('Load older messages').click()
  const { id } = anchorOf(page)
  await until(() => page.service.frames.some(({ type }) => type === 'message.list'))
  setTimeout(() => page.service.release(), 50)
  expect(await driftOf(page, id, () => page.rows().length >= 100)).toBeLessThan(1)
})

test('page after page down to the beginning, nothing moves', async () => {
  const page = await openRoom({ prepare: fillRoom(230), pageSize: 50 })
  for (let loaded = 50; loaded < 230; loaded = page.rows().length) {
    await scrollTo(page, -1_000_000)
    const { id } = anchorOf(page)
    expect(await driftOf(page, id, () => page.rows().length > loaded)).toBeLessThan(1)
  }
  expect(page.box.textContent).toContain('This is where the conversation begins.')
  expect(page.rows().map((row) => row.dataset.messageId)).toEqual(page.service.messages.map(({ id }) => id))
})

test('Tab into the oldest page, and on: the focus is never lost when there is nothing older to load', async () => {
  const page = await openRoom({ prepare: fillRoom(60), pageSize: 50 })
  page.button('Load older messages').focus()
  await until(() => page.box.textContent.includes('This is where the conversation begins.'))
  expect(document.activeElement?.className).toBe('parlor-list-beginning')
  await userEvent.keyboard('{Tab}')
  expect(page.scroller().contains(document.activeElement)).toBe(true)
})

test('a page that does not fill the room loads the next by itself', async () => {
  const page = await openRoom({ prepare: fillRoom(12), pageSize: 3 })
  await until(() => page.rows().length === 12)
})

test('at the end the list follows what arrives', async () => {
  const page = await openRoom({ prepare: fillRoom(60) })
  for (let index = 0; index < 5; index++) page.service.post(BOB, `new ${index}\nwith a second line`)
  await until(() => page.rows().length === 55)
  await frame()
  expect(bottomGap(page)).toBe(0)
  expect(page.box.querySelector('.parlor-jump')).toBeNull()
})

test('away from the end it stays, counts what is new, and the button goes there', async () => {
  const page = await openRoom({ prepare: fillRoom(60) })
  await scrollTo(page, -700)
  const { id } = anchorOf(page)
  expect(page.button('Jump to latest')).toBeTruthy()
  page.service.post(BOB, 'one')
  page.service.post(BOB, 'two')
  expect(await driftOf(page, id, () => page.rows().length === 52)).toBeLessThan(1)
  page.button('2 new messages').click()
  await until(() => bottomGap(page) === 0 && page.box.querySelector('.parlor-jump') === null)
})

test('what grows or goes above keeps what is read in its place', async () => {
  const page = await openRoom({ prepare: fillRoom(60) })
  await scrollTo(page, -700)
  const { id } = anchorOf(page)
  const above = page.service.messages.at(-48)!.id
  page.service.edit(above, 'much longer now\n'.repeat(20))
  expect(await driftOf(page, id, () => page.row(above).textContent.includes('much longer'))).toBeLessThan(1)
  page.service.remove(above, 'bob')
  expect(await driftOf(page, id, () => page.row(above).dataset.status === 'deleted')).toBeLessThan(1)
})

test('a picture or a font that changes a height without a render moves nothing either', async () => {
  const page = await openRoom({ prepare: fillRoom(60) })
  await scrollTo(page, -700)
  const { id } = anchorOf(page)
  const above = page.rows()[3]!
  const below = page.rows().at(-2)!
  // Inside a frame, so that nothing is measured before the browser has laid it out.
  requestAnimationFrame(() => {
    above.style.paddingBlockEnd = '120px'
    below.style.paddingBlockEnd = '80px'
  })
  expect(await driftOf(page, id, () => below.style.paddingBlockEnd === '80px')).toBeLessThan(1)
})

test('a room that gets smaller, as under the keyboard of a phone, stays at its end', async () => {
  const page = await openRoom({ prepare: fillRoom(60) })
  page.box.style.blockSize = '300px'
  await frame()
  await frame()
  expect(bottomGap(page)).toBe(0)
})

test('one’s own message brings the list to its end', async () => {
  const page = await openRoom({ prepare: fillRoom(60) })
  await scrollTo(page, -900)
  await userEvent.click(page.field())
  await userEvent.keyboard('here I am{Enter}')
  await until(() => page.rows().at(-1)?.textContent.includes('here I am') === true && bottomGap(page) === 0)
})

test('a message that was looked for comes to the middle, and the way back is one button', async () => {
  const page = await openRoom({ prepare: fillRoom(300), pageSize: 40 })
  const wanted = page.service.messages[30]!.id
  void page.client.room('general').jumpTo(wanted)
  page.show({ markedId: wanted })
  await until(() => page.box.querySelector('[data-marked]') !== null)
  await frame()
  const row = page.row(wanted).getBoundingClientRect()
  const view = page.scroller().getBoundingClientRect()
  expect(Math.abs((row.top + row.bottom) / 2 - (view.top + view.bottom) / 2)).toBeLessThan(40)
  page.button('Jump to latest').click()
  await until(() => page.rows().at(-1)?.dataset.messageId === page.service.messages.at(-1)!.id && bottomGap(page) === 0)
})

test('newer pages load at the lower edge, and the list does not run to their end', async () => {
  const page = await openRoom({ prepare: fillRoom(300), pageSize: 40 })
  const wanted = page.service.messages[100]!.id
  await page.client.room('general').jumpTo(wanted)
  // Before the list is painted, and asks for what is next to its edge.
  page.service.hold()
  await until(() => page.rows().some((row) => row.dataset.messageId === wanted))
  await scrollTo(page, 0)
  const { id } = anchorOf(page)
  const before = page.rows().length
  setTimeout(() => page.service.release(), 50)
  expect(await driftOf(page, id, () => page.rows().length > before)).toBeLessThan(1)
})

test('a failed page is not asked for again and again; the button asks', async () => {
  const page = await openRoom({ prepare: fillRoom(120), pageSize: 50 })
  page.service.refuse('message.list', 'forbidden')
  await scrollTo(page, -1_000_000)
  await until(() => page.box.textContent.includes('Couldn’t load. Try again'))
  for (let index = 0; index < 10; index++) await frame()
  expect(page.service.frames.filter(({ type }) => type === 'message.list')).toHaveLength(1)
  page.service.refuse('message.list')
  page.button('Couldn’t load. Try again').click()
  await until(() => page.rows().length >= 100)
})

test('runs of one author are one, and a pause, a day or somebody else ends them', async () => {
  const at = Date.UTC(2026, 10, 20, 10)
  const eve = { id: 'eve', name: 'Eve', picture: null }
  const page = await openRoom({
    prepare(service) {
      service.post(BOB, 'a', { createdAt: at })
      service.post(BOB, 'b', { createdAt: at + 60_000 })
      service.post(BOB, 'c', { createdAt: at + 600_000 })
      service.post(eve, 'd', { createdAt: at + 610_000 })
      service.post(eve, 'e', { createdAt: at + 86_400_000 })
    },
  })
  const shape = page.rows().map(({ dataset }) => `${'first' in dataset ? 'F' : '-'}${'last' in dataset ? 'L' : '-'}`)
  expect(shape).toEqual(['F-', '-L', 'FL', 'FL', 'FL'])
  expect(page.box.querySelectorAll('.parlor-day')).toHaveLength(2)
})
