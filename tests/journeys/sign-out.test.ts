import { expect, test } from './fixture.ts'
import { RoomView } from './person.ts'

const SIGNED_OUT = 'You were signed out. Sign in again to chat.'

test('[G8] signing out closes the chat in every tab of that sign-in, and in no other', async ({
  newPerson,
  stack,
  roomId,
}) => {
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  const tab = await ada.openTab()
  await tab.goto(`/rooms/${roomId}`)
  const inTab = new RoomView(tab)
  await inTab.isLive()
  await inTab.composer.fill('Half a thought')
  const elsewhere = await newPerson('Ada Lovelace')
  await elsewhere.context.clearCookies()
  const otherRoom = await elsewhere.enter(roomId)
  expect(ada.openSockets).toHaveLength(1)

  await ada.signOut()
  await expect(inTab.banner).toHaveAttribute('data-status', 'denied')
  await expect(inTab.banner).toContainText(SIGNED_OUT)
  await expect.poll(() => ada.openSockets.length).toBe(0)
  await expect(inTab.composer).toHaveValue('Half a thought')

  // The same person on another device signed in by themselves, and stays.
  await otherRoom.say('Still talking')
  await otherRoom.isLive()
  await expect(inTab.message('Still talking')).toHaveCount(0)
  expect(elsewhere.openSockets).toHaveLength(1)
  // The tabs' socket is gone from the network too; what is left is the other device's.
  await expect.poll(() => socketsOn(stack.network.open)).toBe(1)

  await ada.enter(roomId)
  await expect(room.message('Still talking')).toBeVisible()
})

test('signing in as somebody else shows nothing of who was there before', async ({ newPerson, roomId }) => {
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  await room.say('By Ada')
  await ada.signOut()
  await ada.signIn('Bo Diaz')
  await expect(ada.page.getByRole('heading', { name: 'Good to see you, Bo.' })).toBeVisible()
  await ada.enter(roomId)
  await room.say('By Bo')
  await expect(room.message('By Bo')).toHaveAttribute('data-own', 'true')
  await expect(room.message('By Ada')).not.toHaveAttribute('data-own')
})

/** Connections that carried an upgrade: a page's plain requests to the service are short. */
function socketsOn(connections: readonly { bytesDown: number }[]): number {
  return connections.filter(({ bytesDown }) => bytesDown > 0).length
}
