import { expect, test } from './fixture.ts'
import { RoomView } from './person.ts'

test('a private room is for those who were invited; nobody else finds it', async ({ newPerson }) => {
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const cy = await newPerson('Cy Young')
  await Promise.all([ada, bo, cy].map((person) => person.visit('/')))

  const name = `Supper ${Date.now()}`
  await ada.page.getByRole('button', { name: 'New private room' }).click()
  const dialog = ada.page.getByRole('dialog', { name: 'New private room' })
  await dialog.getByLabel('Name of the room').fill(name)
  await dialog.getByLabel('People').fill('Bo Diaz')
  await dialog.getByRole('button', { name: 'Make the room' }).click()
  await expect(ada.page.getByRole('heading', { name, level: 1 })).toBeVisible()
  const adas = new RoomView(ada.page)
  await adas.isLive()
  await adas.say('The soup is at eight')

  await bo.page.reload()
  await bo.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name }).click()
  const bos = new RoomView(bo.page)
  await expect(bos.message('The soup is at eight')).toBeVisible()
  await bos.isLive()
  await bos.say('I bring bread')
  await expect(adas.message('I bring bread')).toBeVisible()

  await cy.page.reload()
  await expect(cy.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'General' })).toBeVisible()
  await expect(cy.page.getByRole('link', { name })).toHaveCount(0)
  await cy.page.goto(ada.page.url())
  await expect(cy.page.getByRole('heading', { name: 'This door is closed' })).toBeVisible()
  expect(await cy.page.content()).not.toContain('soup')
})

test('[G7] who is removed sees nothing more, at once and after a reload, and can’t write', async ({
  newPerson,
  stack,
}) => {
  const roomId = crypto.randomUUID()
  await stack.api.upsertRoom(roomId, {
    kind: 'private',
    name: 'The attic',
    members: [
      { id: 'ada-lovelace', name: 'Ada Lovelace', role: 'owner' },
      { id: 'bo-diaz', name: 'Bo Diaz' },
    ],
  })
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])
  await adas.say('Before')
  await expect(bos.message('Before')).toBeVisible()
  await bos.composer.fill('What I was about to say')

  await stack.api.removeMember(roomId, 'bo-diaz')
  await expect(bos.page.getByText('You’re no longer in this room.').first()).toBeVisible()
  await adas.say('After')
  await expect(adas.message('After')).toBeVisible()
  await expect(bos.message('After')).toHaveCount(0)
  await expect(bos.composer).toHaveJSProperty('readOnly', true)
  await expect(bos.composer).toHaveValue('What I was about to say')

  await bo.page.reload()
  await expect(bo.page.getByRole('heading', { name: 'This door is closed' })).toBeVisible()
  expect(await bo.page.content()).not.toContain('Before')
})
