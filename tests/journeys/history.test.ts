import type { Locator } from 'playwright/test'
import type { ServiceApi } from '../support/service-api.ts'
import { expect, test } from './fixture.ts'

test('scrolling back through 200 stored messages keeps what is read in its place, and one button leads back', async ({
  newPerson,
  stack,
  roomId,
}) => {
  const texts = await seed(stack.api, roomId, 200)
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  const { list, page } = room
  await expect(room.message(texts.at(-1) ?? '')).toBeInViewport()
  const loadedAtFirst = await room.messages.count()
  expect(loadedAtFirst).toBeLessThan(texts.length)

  const beginning = page.getByText('This is where the conversation begins.')
  for (let page = 0; page < 10 && !(await beginning.isVisible()); page++) {
    const { before, after, drift } = await scrollToTopAndWatch(list)
    expect(after, 'a page of older messages came').toBeGreaterThan(before)
    expect(drift, 'px that the message moved while they came').toBeLessThanOrEqual(1)
  }
  await expect(beginning).toBeVisible()
  expect(await room.texts()).toEqual(texts)

  // Somebody speaks meanwhile: what is read stays where it is, and the way back says how much is new.
  const held = room.message(texts[0] ?? '')
  const before = await held.boundingBox()
  await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'Are you still there?' })
  const jump = page.getByRole('button', { name: '1 new message' })
  await expect(jump).toBeVisible()
  expect((await held.boundingBox())?.y).toBeCloseTo(before?.y ?? 0, 0)
  await expect(room.message('Are you still there?')).not.toBeInViewport()

  await jump.click()
  await expect(room.message('Are you still there?')).toBeInViewport({ ratio: 0.9 })
  await expect(jump).toHaveCount(0)
  await room.say('Still here.')
  await expect(room.message('Still here.')).toBeInViewport({ ratio: 0.9 })

  await page.reload()
  await expect(room.message('Still here.')).toBeInViewport()
})

test('at the end, the list follows what is said; away from it, it stays', async ({ newPerson, stack, roomId }) => {
  const texts = await seed(stack.api, roomId, 40)
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  const bo = { id: 'bo-diaz', name: 'Bo Diaz' }
  for (const text of ['one', 'two', 'three\nwith\nmany\nlines']) {
    await stack.api.send(roomId, { user: bo, text })
    await expect(room.messages.last()).toBeInViewport({ ratio: 0.9 })
  }
  await room.list.hover()
  await room.page.mouse.wheel(0, -600)
  await expect(room.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible()
  const held = room.message(texts[30] ?? '')
  const before = await held.boundingBox()
  await stack.api.send(roomId, { user: bo, text: 'four' })
  await expect(room.page.getByRole('button', { name: '1 new message' })).toBeVisible()
  expect((await held.boundingBox())?.y).toBeCloseTo(before?.y ?? 0, 0)
})

/** Stores messages of different heights by two people; gives their texts. */
async function seed(api: ServiceApi, roomId: string, count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, index) => {
    const lines = [
      'A short one.',
      'A line that goes on for a while. '.repeat(1 + (index % 7)).trim(),
      'One\ntwo\nthree',
    ]
    return `${index + 1}: ${lines[index % lines.length]}`
  })
  for (const [index, text] of texts.entries()) {
    const user = index % 3 === 0 ? { id: 'cy-young', name: 'Cy Young' } : { id: 'bo-diaz', name: 'Bo Diaz' }
    await api.send(roomId, { user, text })
  }
  return texts
}

/**
 * Scrolls to the top, as a person who holds the scroll bar, and looks at the first visible message in every frame until
 * older ones have come: how far it moved at most.
 */
function scrollToTopAndWatch(list: Locator): Promise<{ before: number; after: number; drift: number }> {
  return list.evaluate(async (box) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const count = () => box.querySelectorAll('article').length
    const before = count()
    box.scrollTop = -box.scrollHeight
    // The scroll event, and with it what the list remembers, comes with the next frame.
    await frame()
    const edge = box.getBoundingClientRect().top
    const held = [...box.querySelectorAll('article')].find((row) => row.getBoundingClientRect().bottom > edge)
    if (!held) throw new Error('No message is visible.')
    const place = held.getBoundingClientRect().top
    let drift = 0
    let framesAfter = 0
    const until = performance.now() + 10_000
    while (framesAfter < 20 && performance.now() < until) {
      await frame()
      drift = Math.max(drift, Math.abs(held.getBoundingClientRect().top - place))
      if (count() > before) framesAfter += 1
    }
    return { before, after: count(), drift }
  })
}
