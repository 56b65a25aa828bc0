import { expect, test } from './fixture.ts'
import { RoomView } from './person.ts'

test('a page has one WebSocket, whatever is opened, closed and opened again on it', async ({ newPerson }) => {
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter('general')
  const rooms = ada.page.getByRole('navigation', { name: 'Rooms' })
  for (const name of ['Random', 'Design', 'General']) {
    await rooms.getByRole('link', { name }).click()
    await expect(ada.page.getByRole('heading', { level: 1, name })).toBeVisible()
    await room.isLive()
    await expect(room.composer).toBeEditable()
  }
  expect(ada.sockets).toHaveLength(1)
})

test('StrictMode mounts everything twice, and opens one WebSocket all the same', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  test.setTimeout(180_000)
  // Before the first page is compiled, the app has no icon.
  allow(/\/favicon.ico\)$/)
  const { url, program } = await stack.startDevelopment()
  try {
    const ada = await newPerson('Ada Lovelace', { baseURL: url })
    // The first visit of each page waits for its compilation.
    ada.page.setDefaultTimeout(60_000)
    await ada.visit(`/rooms/${roomId}`)
    const room = new RoomView(ada.page)
    await expect(room.banner).toHaveAttribute('data-status', 'live', { timeout: 60_000 })
    await room.say('Said once')
    expect(ada.sockets).toHaveLength(1)

    await ada.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'General' }).click()
    await expect(ada.page.getByRole('heading', { level: 1, name: 'General' })).toBeVisible({ timeout: 60_000 })
    await ada.page.goBack()
    await expect(room.message('Said once')).toBeVisible()
    await room.say('And again')
    expect(await room.texts()).toEqual(['Said once', 'And again'])
    expect(ada.sockets).toHaveLength(1)
    expect(await hasStrictMode(ada.page)).toBe(true)
  } finally {
    await program.stop()
  }
})

/** Whether React's tree has StrictMode in it: else the journey above would prove nothing. */
async function hasStrictMode(page: RoomView['page']): Promise<boolean> {
  return page.evaluate(() => {
    interface Fiber {
      mode: number
      return: Fiber | null
    }
    const composer = document.querySelector('.parlor-composer') as unknown as Record<string, Fiber>
    const key = Object.keys(composer).find((name) => name.startsWith('__reactFiber$'))
    const fiber = key ? composer[key] : undefined
    // React's own bit for it: StrictEffectsMode.
    return fiber !== undefined && (fiber.mode & 0b10000) !== 0
  })
}
