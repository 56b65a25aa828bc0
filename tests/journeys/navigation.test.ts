import { test as base } from 'playwright/test'
import { chromiumArgs, findChromium } from '../../scripts/chromium.ts'
import { expect, test } from './fixture.ts'

test('from room to room and back: the room is live again, with what was said meanwhile', async ({
  newPerson,
  stack,
  roomId,
}) => {
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  await room.say('Before I left')
  await room.composer.fill('A thought for later')
  await ada.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Random' }).click()
  await expect(ada.page.getByRole('heading', { level: 1, name: 'Random' })).toBeVisible()
  await expect(room.composer).toHaveValue('')
  await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'While you were away' })

  await ada.page.goBack()
  await expect(room.message('While you were away')).toBeVisible()
  await expect(room.composer).toHaveValue('A thought for later')
  await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'Now that you are back' })
  await expect(room.message('Now that you are back')).toBeVisible()
  expect(await room.texts()).toEqual(['Before I left', 'While you were away', 'Now that you are back'])
  expect(ada.sockets).toHaveLength(1)
})

test('away to another site and back, through the back/forward cache: the room goes on where it was', async ({
  stack,
  roomId,
  playwright,
  peopleIn,
  allow,
}) => {
  allow(/\/favicon.ico\)$/)
  const executablePath = findChromium()
  const browser = await playwright.chromium.launch({
    args: [...chromiumArgs],
    // Playwright switches the cache off unless it is asked not to.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    ...(executablePath && { executablePath }),
  })
  try {
    const ada = await peopleIn(browser, 'Ada Lovelace')
    await ada.page.addInitScript(() => {
      addEventListener('pageshow', ({ persisted }) =>
        document.documentElement.setAttribute('data-persisted', String(persisted)),
      )
    })
    const room = await ada.enter(roomId)
    await room.say('Before I left')
    await ada.page.goto(`${stack.serviceUrl}/healthz`)
    // A page that waits in the cache tells nothing: the network does.
    await expect.poll(() => stack.network.open.length).toBe(0)
    await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'While you were away' })

    await ada.page.goBack()
    await room.isLive()
    base.info().annotations.push({
      type: 'back/forward cache',
      description: `persisted: ${await ada.page.locator('html').getAttribute('data-persisted')}`,
    })
    await expect(room.message('While you were away')).toBeVisible()
    await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'Now that you are back' })
    await expect(room.message('Now that you are back')).toBeVisible()
    await room.say('Here I am')
    expect(await room.texts()).toEqual(['Before I left', 'While you were away', 'Now that you are back', 'Here I am'])
    expect(stack.network.open).toHaveLength(1)
  } finally {
    await browser.close()
  }
})
