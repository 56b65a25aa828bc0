import type { Page } from 'playwright/test'
import { noteAcks } from './acks.ts'
import { expect, NETWORK_COMPLAINTS, test } from './fixture.ts'
import { type Person, RoomView } from './person.ts'
import type { Stack } from './stack.ts'

test('[G3] [G5] two tabs of one person have one WebSocket, and both are live', async ({ newPerson, stack, roomId }) => {
  const ada = await newPerson('Ada Lovelace')
  const first = await ada.enter(roomId)
  const second = await enterInTab(ada, roomId)
  expect(ada.sockets).toHaveLength(1)

  await first.say('From the first tab')
  await second.say('From the second tab')
  await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'From Bo' })
  const texts = ['From the first tab', 'From the second tab', 'From Bo']
  for (const room of [first, second]) {
    await expect(room.message('From Bo')).toBeVisible()
    expect(await room.texts()).toEqual(texts)
  }
  await second.edit('From the second tab', 'Said again')
  await expect(first.message('Said again')).toBeVisible()

  // Another room in one of them, which the other one has never opened.
  await ada.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Random' }).click()
  await expect(ada.page.getByRole('heading', { level: 1, name: 'Random' })).toBeVisible()
  await first.isLive()
  await second.say('Still here')
  expect(ada.sockets).toHaveLength(1)
  expect(ada.openSockets).toHaveLength(1)
})

test('[G1] [G5] the leading tab is killed in the middle of several sends: the other takes over, and nothing is lost', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  test.setTimeout(120_000)
  allow(...NETWORK_COMPLAINTS)
  const ada = await newPerson('Ada Lovelace')
  const leader = await ada.enter(roomId)
  const other = await enterInTab(ada, roomId)
  const acked = new Set<string>()
  for (const socket of ada.sockets) noteAcks(socket, acked)

  // There and back takes 0.4 s: some are typed, some sent, some stored, and some acknowledged.
  stack.network.slow({ latencyMs: 200 })
  const [own, others] = [numbered('leader', 8), numbered('other', 4)]
  await Promise.all([typeAll(leader, own.slice(0, 6)), typeAll(other, others)])
  await expect.poll(() => acked.size).toBeGreaterThan(2)
  stack.network.blackhole()
  await typeAll(leader, own.slice(6))
  // A message is on the device a moment after it is typed: from then on, nothing may lose it.
  await expect.poll(() => isOnDevice(other.page, own.at(-1) ?? '')).toBe(true)
  await crash(ada.page)
  stack.network.pass()

  await other.isLive()
  // What the dead tab had not sent is on the device; the other one takes it over.
  for (const text of [...others, ...own]) {
    await expect(other.message(text)).toHaveAttribute('data-status', 'sent', { timeout: 30_000 })
  }
  await other.say('After the crash')
  await expect.poll(() => countSockets(stack)).toBe(1)

  const stored = await readTexts(stack, roomId)
  expect(stored).toEqual([...new Set(stored)])
  for (const text of acked) expect(stored, 'what was acknowledged is there').toContain(text)
  expect(stored.filter((text) => text.startsWith('other'))).toEqual(others)
  expect(stored.filter((text) => text.startsWith('leader'))).toEqual(own)
  expect(await other.texts()).toEqual(stored)
})

test('[G3] [G4] the leading tab goes elsewhere: the other takes over at once, with one WebSocket', async ({
  newPerson,
  stack,
  roomId,
}) => {
  const ada = await newPerson('Ada Lovelace')
  const first = await ada.enter(roomId)
  const second = await enterInTab(ada, roomId)
  await first.say('One')
  await ada.page.goto('about:blank')
  await expect.poll(() => ada.sockets.length).toBe(2)
  await second.isLive()
  await stack.api.send(roomId, { user: { id: 'bo-diaz', name: 'Bo Diaz' }, text: 'Two' })
  await expect(second.message('Two')).toBeVisible()
  await second.say('Three')

  // It comes back as a follower.
  await ada.page.goBack()
  await first.isLive()
  await expect(first.message('Three')).toBeVisible()
  expect(await second.texts()).toEqual(['One', 'Two', 'Three'])
  expect(ada.sockets).toHaveLength(2)
  await expect.poll(() => countSockets(stack)).toBe(1)
})

test('switched off, each tab has a WebSocket of its own', async ({ newPerson, stack, roomId }) => {
  const { url, program } = await stack.startWith({ PARLOR_SHARE_CONNECTION: 'false' })
  try {
    const ada = await newPerson('Ada Lovelace', { baseURL: url })
    const first = await ada.enter(roomId)
    const second = await enterInTab(ada, roomId)
    await first.say('Here')
    await expect(second.message('Here')).toBeVisible()
    expect(ada.openSockets).toHaveLength(2)
  } finally {
    await program.stop()
  }
})

test('where the browser has no locks, each tab has a WebSocket of its own', async ({ newPerson, roomId }) => {
  const ada = await newPerson('Ada Lovelace')
  await ada.context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }))
  const first = await ada.enter(roomId)
  const second = await enterInTab(ada, roomId)
  await first.say('Here')
  await expect(second.message('Here')).toBeVisible()
  expect(ada.openSockets).toHaveLength(2)
})

async function enterInTab(person: Person, roomId: string): Promise<RoomView> {
  const tab = await person.openTab()
  await tab.goto(`/rooms/${roomId}`)
  const room = new RoomView(tab)
  await room.isLive()
  return room
}

/** Its process is gone, without a word. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  // Nobody is left to answer.
  session.send('Page.crash').catch(() => {})
  await crashed
}

/** Whether some database of the browser has this text in one of its records. */
async function isOnDevice(page: Page, text: string): Promise<boolean> {
  return page.evaluate(async (wanted) => {
    const finish = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error as Error)
      })
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await finish(indexedDB.open(name))
      try {
        for (const store of database.objectStoreNames) {
          const records = await finish(database.transaction(store).objectStore(store).getAll())
          if (JSON.stringify(records).includes(JSON.stringify(wanted))) return true
        }
      } finally {
        database.close()
      }
    }
    return false
  }, text)
}

function numbered(word: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${word} ${at + 1}`)
}

async function typeAll(room: RoomView, texts: readonly string[]): Promise<void> {
  for (const text of texts) await room.type(text)
}

/** WebSockets on the network, by what came over them: a page that is gone doesn't tell that its own has closed. */
function countSockets({ network }: Stack): number {
  return network.open.filter(({ bytesDown }) => bytesDown > 0).length
}

async function readTexts(stack: Stack, roomId: string): Promise<string[]> {
  const { messages } = await stack.api.readHistory(roomId, 'ada-lovelace')
  return messages.map(({ text }) => text)
}
