import { expect, NETWORK_COMPLAINTS, test } from './fixture.ts'
import { RoomView } from './person.ts'

test('an empty message is not sent, and a line break is no end of one', async ({ newPerson, roomId }) => {
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  const send = ada.page.getByRole('button', { name: 'Send', exact: true })
  await expect(send).toBeDisabled()
  for (const blank of ['', '   ', '\n\n', '\u2003\t']) {
    await room.type(blank)
    await expect(send).toBeDisabled()
  }
  await room.composer.fill('Two')
  await room.composer.press('Shift+Enter')
  await room.composer.pressSequentially('lines')
  await room.composer.press('Enter')
  await expect(room.messages).toHaveCount(1)
  await expect(room.messages).toHaveAttribute('data-status', 'sent')
  expect(await room.texts()).toEqual(['Two\nlines'])
  await expect(room.composer).toHaveValue('')
})

test('a message that is too long says by how much, and the text stays until it fits', async ({ newPerson, roomId }) => {
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  const fits = `${'word '.repeat(799)}words`
  expect(fits).toHaveLength(4_000)
  await room.type(`${fits}!`)
  await expect(ada.page.getByText('10 characters too long')).toBeAttached()
  await expect(room.composer).toHaveAttribute('aria-invalid', 'true')
  await expect(ada.page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled()
  await expect(room.composer).toHaveValue(`${fits}!`)
  await expect(room.messages).toHaveCount(0)

  await room.composer.press('End')
  await room.composer.press('Backspace')
  await room.composer.press('Enter')
  await expect(room.messages).toHaveAttribute('data-status', 'sent')
  expect(await room.texts()).toEqual([fits])
})

test('a service with another secret: the banner says what to change, the page renders, the text stays', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  allow(...NETWORK_COMPLAINTS, /status of 503 \(Service Unavailable\) \(.*\/api\/rooms\)/)
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  await room.say('Before the mistake')
  await room.composer.fill('Half a sentence')
  await stack.ensureService({ AUTH_SECRET: 'Qw7e9Rt1Yu3Io5Pa8Sd0Fg2Hj4Kl6ZxC' })
  await expect(room.banner).toHaveAttribute('data-status', 'denied', { timeout: 30_000 })
  await expect(room.banner).toContainText('Chat isn’t available right now.')
  await expect(room.banner).toContainText('AUTH_SECRET')
  await expect(room.message('Before the mistake')).toBeVisible()
  await expect(room.composer).toHaveValue('Half a sentence')
  await expect.poll(() => ada.openSockets.length).toBe(0)

  const tab = await ada.openTab()
  await tab.goto(`/rooms/${roomId}`)
  const fresh = new RoomView(tab)
  await expect(fresh.banner).toContainText('AUTH_SECRET')
  await expect(tab.getByRole('navigation', { name: 'Rooms' })).toBeVisible()

  await stack.ensureService()
  await room.tryNow()
  await room.isLive()
  await room.composer.press('Enter')
  await expect(room.message('Half a sentence')).toHaveAttribute('data-status', 'sent')
})

test('a page of an origin that isn’t allowed is denied, and told the line to add', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  allow(...NETWORK_COMPLAINTS)
  const ada = await newPerson('Ada Lovelace')
  await ada.visit('/')
  await stack.ensureService({ ALLOWED_ORIGINS: 'https://app.example.com' })
  await ada.page.goto(`/rooms/${roomId}`)
  const room = new RoomView(ada.page)
  await expect(room.banner).toHaveAttribute('data-status', 'denied')
  await expect(room.banner).toContainText('This site isn’t allowed to connect yet.')
  await expect(room.banner).toContainText('ALLOWED_ORIGINS')
  await expect(room.banner).toContainText(stack.appUrl)
})
