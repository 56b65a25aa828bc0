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
    // The document comes from the test, which is no place that a page may speak to the loopback from by itself.
    const ada = await peopleIn(browser, 'Ada Lovelace', { permissions: ['local-network-access'] })
    await ada.page.addInitScript(() => {
      addEventListener('pageshow', ({ persisted }) =>
        document.documentElement.setAttribute('data-persisted', String(persisted)),
      )
    })
    // Next.js marks such pages `no-store`, which keeps them out of the cache for now; an app may not.
    await ada.page.route('**/rooms/*', async (route) => {
      if (route.request().resourceType() !== 'document') return route.continue()
      const response = await route.fetch()
      const { 'cache-control': _, ...headers } = response.headers()
      return route.fulfill({ response, headers })
    })
    const room = await ada.enter(roomId)
    await room.say('Before I left')
    await ada.page.goto(`${stack.serviceUrl}/healthz`)
    // A page that waits in the cache tells nothing: the network does.
    await expect.poll(() => stack.network.open.length).toBe(0)
    await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'While you were away' })

    // A page that comes back whole has no second `load`.
    await ada.page.goBack({ waitUntil: 'commit' })
    await room.isLive()
    await expect(ada.page.locator('html')).toHaveAttribute('data-persisted', 'true')
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
