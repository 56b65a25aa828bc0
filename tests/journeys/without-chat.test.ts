import { expect, NETWORK_COMPLAINTS, test } from './fixture.ts'
import { RoomView } from './person.ts'
import type { Stack } from './stack.ts'

test('the first HTML holds the messages: they are there with JavaScript off', async ({ newPerson, stack, roomId }) => {
  for (const text of ['First', 'Second', 'Third']) {
    await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text })
  }
  await (await newPerson('Ada Lovelace')).visit('/')
  const reader = await newPerson('Ada Lovelace', { javaScriptEnabled: false })
  await reader.page.goto(`/rooms/${roomId}`)
  const room = new RoomView(reader.page)
  expect(await room.texts()).toEqual(['First', 'Second', 'Third'])
  await expect(room.message('Third')).toBeInViewport()
  await expect(room.message('Third')).toContainText('Bo Diaz')
  expect(reader.sockets).toHaveLength(0)
})

for (const fault of ['dead', 'blackholed', 'slow'] as const) {
  test(`with the service ${fault}, every page renders and works apart from chat, which comes back by itself`, async ({
    newPerson,
    stack,
    roomId,
    allow,
  }) => {
    test.setTimeout(150_000)
    allow(...NETWORK_COMPLAINTS, /status of 503 \(Service Unavailable\) \(.*\/api\/rooms\)/)
    await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'From before' })
    const ada = await newPerson('Ada Lovelace')
    const { page } = ada
    await ada.visit('/')
    await breakService(stack, fault)

    await page.goto('/', { timeout: PAGE_MS })
    await expect(page.getByRole('heading', { name: 'Good to see you, Ada.' })).toBeVisible()
    await page.getByRole('button', { name: 'Switch between light and dark' }).click()
    await expect(page.locator('html')).toHaveAttribute('data-theme', /light|dark/)
    await ada.signOut()
    await page.goto('/', { timeout: PAGE_MS })
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Come in')
    await ada.signIn()
    await expect(page.getByRole('heading', { name: 'Good to see you, Ada.' })).toBeVisible()

    await page.goto(`/rooms/${roomId}`, { timeout: PAGE_MS })
    const room = new RoomView(page)
    await expect(room.composer).toBeEditable()
    await room.type('Written without a service')
    await expect(room.message('Written without a service')).toHaveAttribute('data-status', 'pending')

    await stack.heal()
    await expect(room.message('Written without a service')).toHaveAttribute('data-status', 'sent', { timeout: 60_000 })
    await room.isLive()
    expect(await room.texts()).toEqual(['From before', 'Written without a service'])
  })
}

async function breakService(
  { service, network, backend }: Stack,
  fault: 'dead' | 'blackholed' | 'slow',
): Promise<void> {
  if (fault === 'dead') await service.kill()
  for (const side of [network, backend]) {
    if (fault === 'blackholed') side.blackhole()
    // Each way: longer than a page waits for it.
    if (fault === 'slow') side.slow({ latencyMs: 2_000 })
  }
}

/** A page waits for the chat for 1.5 s at most; the rest is the app's own. */
const PAGE_MS = 5_000
