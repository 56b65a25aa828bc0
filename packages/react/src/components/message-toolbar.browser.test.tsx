import { afterEach, expect, test } from 'vitest'
import { page as screen, userEvent } from 'vitest/browser'
import { ADA, BOB } from '../testing/fake-service.ts'
import { openRoom, until } from '../testing/room-page.tsx'

afterEach(() => screen.viewport(414, 896))

const MEDIUM = 'Shall we meet at the old bridge?'
const cases = [1200, 390, 320].flatMap((width) =>
  [ADA, BOB].flatMap((author) => ['Hi', MEDIUM].map((text) => ({ width, author, text, by: author.id }))),
)

test.each(cases)('both answers can be reached at $width px, on "$text" by $by', async ({ width, author, text }) => {
  await screen.viewport(width, 600)
  const room = await openRoom({
    role: 'owner',
    prepare: (service) => {
      service.join(BOB, 'member')
      service.post(author, text)
    },
  })
  room.box.style.cssText = `position: fixed; inset: 0; inline-size: ${width}px; block-size: 600px`
  const row = room.row(room.service.messages[0]!.id)
  row.focus()
  await userEvent.keyboard('{Enter}')
  await until(() => row.querySelector('.parlor-toolbar') !== null)
  room.button('Delete', row).click()
  await until(() => row.querySelector('[data-asking]') !== null)
  const list = room.find('.parlor-list').getBoundingClientRect()
  const question = room.find('[data-asking]').getBoundingClientRect()
  expect(question.left).toBeGreaterThanOrEqual(list.left)
  expect(question.right).toBeLessThanOrEqual(list.right)
  for (const name of ['Delete', 'Cancel']) {
    const button = room.button(name, row)
    const { left, right, top, bottom } = button.getBoundingClientRect()
    for (const x of [left + 3, right - 3]) {
      expect(document.elementFromPoint(x, (top + bottom) / 2)).toBe(button)
    }
    expect(left).toBeGreaterThanOrEqual(question.left)
    expect(right).toBeLessThanOrEqual(question.right)
  }
})
