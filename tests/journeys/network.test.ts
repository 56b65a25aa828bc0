import { createChatClient } from '@parlor/client'
import type { Page } from 'playwright/test'
import { expect, NETWORK_COMPLAINTS, test } from './fixture.ts'
import type { RoomView } from './person.ts'
import type { Stack } from './stack.ts'

for (const fault of ['reset', 'end', 'blackhole', 'halfOpen'] as const) {
  test(`[G3] [G4] a broken network (${fault}): what is typed waits, and everything arrives once and in order`, async ({
    newPerson,
    stack,
    roomId,
    allow,
  }) => {
    test.setTimeout(120_000)
    allow(...NETWORK_COMPLAINTS)
    // A silent network is noticed by its missing heartbeat.
    await stack.ensureService({ PARLOR_HEARTBEAT_MS: '1000' })
    const ada = await newPerson('Ada Lovelace')
    const bo = await newPerson('Bo Diaz')
    const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])
    await adas.say('a1')
    await bos.say('b1')

    breakNetwork(stack, fault)
    await adas.type('a2')
    await adas.type('a3')
    await bos.type('b2')
    // A silent network shows when the heartbeat is missing; sooner when somebody looks at the page again.
    if (fault === 'halfOpen') for (const { page } of [ada, bo]) await emit(page, 'visibilitychange')
    // A connection that gets no answer is still being made; one that is refused is tried again later.
    await expect(adas.banner).toContainText(
      /Chat can’t be reached right now. Messages are sent when it’s back.|Connecting…/,
      {
        timeout: 30_000,
      },
    )
    for (const text of ['a2', 'a3']) await expect(adas.message(text)).toHaveAttribute('data-status', 'pending')
    await expect(bos.message('a2')).toHaveCount(0)
    // Somebody on another network goes on talking.
    const cy = joinFromElsewhere(stack, roomId)
    for (const text of ['c1', 'c2', 'c3']) await cy.send(text)
    cy.leave()

    stack.network.pass()
    // By itself; because a person asks; because the device says that it is online again.
    if (fault === 'reset') for (const view of [adas, bos]) await view.tryNow()
    if (fault === 'halfOpen') for (const { page } of [ada, bo]) await emit(page, 'online')
    await arriveEverywhere([adas, bos], ['a1', 'b1', 'a2', 'a3', 'b2', 'c1', 'c2', 'c3'])
    await bos.say('b3')
    await expect(adas.message('b3')).toBeVisible()
    for (const view of [adas, bos]) await view.isLive()
  })
}

test('[G1] [G4] kill -9 of the service in the middle of a conversation loses and doubles nothing', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  test.setTimeout(120_000)
  allow(...NETWORK_COMPLAINTS)
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])
  await adas.say('a1')
  const kill = stack.service.kill()
  const typed = (async () => {
    for (const text of ['a2', 'a3', 'a4']) await adas.type(text)
    for (const text of ['b1', 'b2']) await bos.type(text)
  })()
  await Promise.all([kill, typed])
  await expect(adas.message('a4')).toHaveAttribute('data-status', 'pending')
  await stack.ensureService()
  await arriveEverywhere([adas, bos], ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'])

  await ada.page.reload()
  await adas.isLive()
  expect(await adas.texts()).toEqual(await bos.texts())
})

test('a network that goes for a moment is not worth a word, and the app’s server needs none of it', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  allow(...NETWORK_COMPLAINTS)
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  await room.say('before')
  stack.network.drop()
  await expect.poll(() => ada.sockets.length).toBe(2)
  await room.say('after')
  expect(await room.texts()).toEqual(['before', 'after'])
})

/** What the browser says to the page. */
async function emit(page: Page, event: 'visibilitychange' | 'online'): Promise<void> {
  await page.evaluate((type) => (type === 'online' ? window : document).dispatchEvent(new Event(type)), event)
}

function breakNetwork({ network }: Stack, fault: 'reset' | 'end' | 'blackhole' | 'halfOpen'): void {
  if (fault === 'blackhole') network.blackhole()
  else if (fault === 'halfOpen') network.halfOpen('service')
  else network.cut(fault)
}

/** A third person without a browser, whose way to the service is another one. */
function joinFromElsewhere(stack: Stack, roomId: string) {
  const client = createChatClient({ url: stack.serviceUrl, getToken: () => stack.api.chatToken('cy-young') })
  const room = client.room(roomId)
  return { send: (text: string) => room.send(text), leave: () => client.destroy() }
}

/** Each text is there once on every page, in one and the same order, in which everybody's own order is kept. */
async function arriveEverywhere(views: readonly RoomView[], wanted: readonly string[]): Promise<void> {
  for (const view of views) {
    for (const text of wanted) {
      await expect(view.message(text)).toHaveAttribute('data-status', 'sent', { timeout: 40_000 })
    }
  }
  const shown = await Promise.all(views.map((view) => view.texts()))
  for (const texts of shown) {
    expect(texts).toEqual(shown[0])
    expect([...texts].sort()).toEqual([...wanted].sort())
    for (const author of ['a', 'b', 'c']) {
      const own = texts.filter((text) => text.startsWith(author))
      expect(own).toEqual([...own].sort())
    }
  }
}
