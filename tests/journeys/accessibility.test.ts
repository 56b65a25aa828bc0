import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright/test'
import { expect, test } from './fixture.ts'
import type { Person } from './person.ts'

const DESKTOP = { viewport: { width: 1280, height: 800 } }
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

for (const [device, options] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`nothing for axe to find on any page, light and dark, on a ${device}`, async ({
    newPerson,
    stack,
    roomId,
    allow,
  }) => {
    allow(/status of 404 .*\/nowhere\)/)
    test.setTimeout(120_000)
    const visitor = await newPerson('Nobody yet', options)
    await visitor.page.goto('/')
    await visitor.page.getByLabel('Your name').waitFor()
    await check(visitor, 'landing')
    await visitor.page.getByRole('button', { name: 'Sign in' }).click()
    await expect(visitor.page.getByText('Write a name with at least one letter or digit.')).toBeVisible()
    await check(visitor, 'landing with a problem')

    const bo = { id: 'bo-diaz', name: 'Bo Diaz' }
    for (const text of ['Good morning', 'A link: https://example.com/page', '🎉'])
      await stack.api.send(roomId, { user: bo, text })
    const ada = await newPerson('Ada Lovelace', options)
    await ada.visit('/')
    await expect(ada.page.getByRole('navigation', { name: 'Rooms' })).toBeVisible()
    await check(ada, 'room list')
    await ada.page.getByRole('button', { name: 'New private room' }).click()
    await expect(ada.page.getByRole('dialog', { name: 'New private room' })).toBeVisible()
    await check(ada, 'new room')

    const room = await ada.enter('design')
    await check(ada, 'room, perhaps empty')
    await ada.enter(roomId)
    if (device === 'phone') {
      await room.tapIn('Mine')
      await room.message('Mine').tap()
      await expect(room.message('Mine').getByRole('group', { name: 'Message actions' })).toBeVisible()
    } else {
      await room.say('Mine')
      await room.say('Mine, soon gone')
      await room.edit('Mine', 'Mine, edited')
      await room.remove('Mine, soon gone')
      await room.react('Good morning', '👍')
      await expect(room.reaction('Good morning', '👍')).toBeVisible()
      await room.toolbar('Good morning')
    }
    await check(ada, 'room with messages')
    await room.composer.fill('x'.repeat(4_100))
    await check(ada, 'room with too long a text')
    await ada.page.goto('/rooms/nobody-knows-this')
    await expect(ada.page.getByRole('heading', { name: 'This door is closed' })).toBeVisible()
    await check(ada, 'closed door')
    await ada.page.goto('/nowhere')
    await check(ada, 'not found')
  })
}

async function check({ page }: Person, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settle(page)
    const { violations } = await new AxeBuilder({ page }).analyze()
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
    expect(found, `${what}, ${colorScheme}`).toEqual([])
  }
}

/** Axe measures colours: what is still fading would be measured half faded. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})))
  })
}
