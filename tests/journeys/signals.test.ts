import { expect, test } from './fixture.ts'
import { RoomView } from './person.ts'

test('who writes shows to others while they write, and goes with the message', async ({ newPerson, roomId }) => {
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])
  const line = bos.page.locator('.parlor-typing-line')
  await expect(line).toHaveCount(0)

  await adas.composer.pressSequentially('Half a thou')
  await expect(line).toContainText('Ada Lovelace')
  await expect(line).toContainText('is typing…')
  await expect(adas.page.locator('.parlor-typing-line')).toHaveCount(0)
  // A screen reader hears of it too, a little later.
  await expect(bos.page.locator('.parlor-typing [role="status"]')).toContainText('Ada Lovelace')

  await adas.composer.press('Enter')
  await expect(bos.message('Half a thou')).toBeVisible()
  await expect(line).toHaveCount(0)

  await adas.composer.pressSequentially('x')
  await expect(line).toBeVisible()
  await adas.composer.fill('')
  await expect(line).toHaveCount(0)

  // What is left unfinished is over by itself.
  await adas.composer.pressSequentially('And')
  await expect(line).toBeVisible()
  await expect(line).toHaveCount(0, { timeout: 15_000 })
})

test('[G10] who is there shows, is one person in two tabs, and goes after the last one', async ({
  newPerson,
  roomId,
}) => {
  const ada = await newPerson('Ada Lovelace')
  const adas = await ada.enter(roomId)
  await adas.say('Anybody here?')
  const count = adas.page.locator('.parlor-online')
  await expect(count).toHaveText('1 online')

  const bo = await newPerson('Bo Diaz')
  const bos = await bo.enter(roomId)
  await bos.say('I am')
  const members = adas.page.getByRole('complementary', { name: 'Members' })
  const boInList = members.getByRole('listitem').filter({ hasText: 'Bo Diaz' })
  await expect(count).toHaveText('2 online')
  await expect(boInList.getByRole('img', { name: 'Online' })).toBeVisible()

  const tab = await bo.openTab()
  await tab.goto(`/rooms/${roomId}`)
  await new RoomView(tab).isLive()
  // Both see two, also the tab that only listens to the other one's connection.
  for (const page of [bos.page, tab]) await expect(page.locator('.parlor-online')).toHaveText('2 online')

  // A reload is nobody's going, and neither is the end of one of two tabs.
  const seen: string[] = []
  await adas.page.exposeFunction('noteCount', (text: string) => void seen.push(text))
  await count.evaluate((element) => {
    const note = (window as unknown as { noteCount: (text: string) => void }).noteCount
    const observer = new MutationObserver(() => note(element.textContent))
    observer.observe(element, { subtree: true, childList: true, characterData: true })
  })
  await bos.page.reload()
  await bos.isLive()
  await bos.page.close()
  await expect(new RoomView(tab).banner).toHaveAttribute('data-status', 'live')
  await new RoomView(tab).say('Still here')
  await expect(adas.message('Still here')).toBeVisible()
  expect(seen).toEqual([])

  await tab.close()
  await expect(count).toHaveText('1 online', { timeout: 30_000 })
  await expect(boInList.getByRole('img')).toHaveCount(0)
})
