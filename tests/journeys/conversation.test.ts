import { expect, test } from './fixture.ts'

test('two people sign in, open the same room and see each other’s messages as they are sent', async ({
  newPerson,
  roomId,
}) => {
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])

  await adas.say('Good morning!')
  await expect(bos.message('Good morning!')).toBeVisible()
  await bos.say('Morning, Ada.')
  await adas.say('Tea?')
  await bos.say('Always.')
  const all = ['Good morning!', 'Morning, Ada.', 'Tea?', 'Always.']
  for (const view of [adas, bos]) {
    await expect(view.messages).toHaveCount(all.length)
    expect(await view.texts()).toEqual(all)
  }
  await expect(adas.message('Always.')).toContainText('Bo Diaz')
  await expect(bos.message('Tea?')).toContainText('Ada Lovelace')
  await expect(adas.page.getByRole('complementary', { name: 'Members' }).getByRole('listitem')).toHaveCount(2)
})

test('an edit, a deletion and a reaction show on both sides, and a reload finds everything as it was', async ({
  newPerson,
  roomId,
}) => {
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])
  await adas.say('See you at noon')
  await adas.say('Forget this one')
  await bos.say('Fine with me')

  await adas.edit('See you at noon', 'See you at one')
  for (const view of [adas, bos]) {
    await expect(view.message('See you at one')).toContainText('edited')
    await expect(view.message('See you at noon')).toHaveCount(0)
  }

  await adas.remove('Forget this one')
  for (const view of [adas, bos]) {
    await expect(view.message('Message deleted')).toHaveAttribute('data-status', 'deleted')
    await expect(view.message('Forget this one')).toHaveCount(0)
  }

  await adas.react('Fine with me', '🎉')
  await expect(bos.reaction('Fine with me', '🎉')).toHaveText(/^🎉\s*1$/)
  await bos.reaction('Fine with me', '🎉').click()
  for (const view of [adas, bos]) await expect(view.reaction('Fine with me', '🎉')).toHaveText(/^🎉\s*2$/)
  await adas.reaction('Fine with me', '🎉').click()
  for (const view of [adas, bos]) await expect(view.reaction('Fine with me', '🎉')).toHaveText(/^🎉\s*1$/)
  await expect(adas.reaction('Fine with me', '🎉')).toHaveAttribute('aria-pressed', 'false')
  await expect(bos.reaction('Fine with me', '🎉')).toHaveAttribute('aria-pressed', 'true')

  await ada.page.reload()
  await adas.isLive()
  expect(await adas.texts()).toEqual(['See you at one', 'Message deleted', 'Fine with me'])
  await expect(adas.reaction('Fine with me', '🎉')).toHaveText(/^🎉\s*1$/)
  await expect(adas.message('See you at one')).toContainText('edited')
})

test('nobody edits or deletes what somebody else wrote', async ({ newPerson, roomId }) => {
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])
  await adas.say('Mine')
  await expect(bos.message('Mine')).toBeVisible()
  // Bo is a member once he has spoken; a visitor has no such buttons at all.
  await bos.say('Yours')
  const toolbar = await bos.toolbar('Mine')
  await expect(toolbar.getByRole('button')).toHaveCount(1)
  await expect(toolbar.getByRole('button', { name: 'Add reaction' })).toBeVisible()
})
