import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright/test'
import { chromiumArgs, findChromium } from '../../scripts/chromium.ts'
import { expect, NETWORK_COMPLAINTS, test } from './fixture.ts'
import { RoomView } from './person.ts'
import type { Stack } from './stack.ts'

test('[G5] what is typed while chat is down survives a reload, and is sent once and in order', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  test.setTimeout(120_000)
  allow(...NETWORK_COMPLAINTS, NO_ROOMS)
  const ada = await newPerson('Ada Lovelace')
  const bo = await newPerson('Bo Diaz')
  const [adas, bos] = await Promise.all([ada.enter(roomId), bo.enter(roomId)])
  await bos.say('Before')
  await expect(adas.message('Before')).toBeVisible()
  await untilKept(ada.page, 'Before')

  // Not for the app's server either, so that it renders nothing of the room.
  stack.network.cut()
  stack.backend.cut()
  const texts = ['One', 'Two', 'Three']
  for (const text of texts) await adas.type(text)
  for (const text of texts) await untilKept(ada.page, text)
  for (const _ of [1, 2]) {
    await ada.page.reload()
    await expect(adas.message('Three')).toHaveAttribute('data-status', 'pending')
    expect(await adas.texts()).toEqual(['Before', ...texts])
    for (const text of texts) await expect(adas.message(text)).toHaveAttribute('data-own', 'true')
  }
  await adas.type('Four')

  stack.network.pass()
  stack.backend.pass()
  for (const view of [adas, bos]) {
    await expect(view.message('Four')).toHaveAttribute('data-status', 'sent', { timeout: 40_000 })
    expect(await view.texts()).toEqual(['Before', ...texts, 'Four'])
  }
  const { messages } = await stack.api.readHistory(roomId, 'ada-lovelace')
  expect(messages.map(({ text }) => text)).toEqual(['Before', ...texts, 'Four'])
  await ada.page.reload()
  await adas.isLive()
  expect(await adas.texts()).toEqual(['Before', ...texts, 'Four'])
})

test('[G5] what a tab left that was closed is sent by the one that stays', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  test.setTimeout(120_000)
  allow(...NETWORK_COMPLAINTS)
  const ada = await newPerson('Ada Lovelace')
  const staying = await ada.enter(roomId)
  const tab = await ada.openTab()
  await tab.goto(`/rooms/${roomId}`)
  const leaving = new RoomView(tab)
  await leaving.isLive()
  stack.network.cut()
  await leaving.type('Typed in the other tab')
  await untilKept(tab, 'Typed in the other tab')
  await expect(staying.message('Typed in the other tab')).toHaveCount(0)
  await tab.close()
  await expect(staying.message('Typed in the other tab')).toHaveAttribute('data-status', 'pending', { timeout: 60_000 })
  stack.network.pass()
  await expect(staying.message('Typed in the other tab')).toHaveAttribute('data-status', 'sent', { timeout: 40_000 })
  const { messages } = await stack.api.readHistory(roomId, 'ada-lovelace')
  expect(messages.map(({ text }) => text)).toEqual(['Typed in the other tab'])
})

test('[G5] kill -9 of the browser loses nothing of what waits, and doubles nothing', async ({
  stack,
  roomId,
  newPerson,
  allow,
}) => {
  test.setTimeout(180_000)
  // The app's server can't ask for the list of rooms either.
  allow(...NETWORK_COMPLAINTS, NO_ROOMS)
  const bo = await newPerson('Bo Diaz')
  const bos = await bo.enter(roomId)
  await bos.say('Before')
  const profile = await mkdtemp(join(tmpdir(), 'parlor-profile-'))
  let chrome = await startBrowser(profile)
  try {
    const before = await enterAsAda(chrome, stack, roomId)
    const cookies = await before.page.context().cookies()
    await untilKept(before.page, 'Before')
    stack.network.cut()
    const texts = ['One', 'Two', 'Three']
    for (const text of texts) await before.type(text)
    for (const text of texts) await untilKept(before.page, text)
    await chrome.kill()

    chrome = await startBrowser(profile)
    // The browser writes them down only now and then; the sign-in isn't what this is about.
    await chrome.page.context().addCookies(cookies)
    stack.backend.cut()
    const after = await enterAsAda(chrome, stack, roomId)
    // The last page is there at once, without anybody to ask.
    await expect(after.message('Before')).toBeVisible()
    await expect(after.message('Three')).toHaveAttribute('data-status', 'pending', { timeout: 30_000 })
    expect(await after.texts()).toEqual(['Before', ...texts])
    stack.network.pass()
    stack.backend.pass()
    for (const view of [after, bos]) {
      await expect(view.message('Three')).toHaveAttribute('data-status', 'sent', { timeout: 40_000 })
      expect(await view.texts()).toEqual(['Before', ...texts])
    }
    const { messages } = await stack.api.readHistory(roomId, 'ada-lovelace')
    expect(messages.map(({ text }) => text)).toEqual(['Before', ...texts])
  } finally {
    await chrome.kill()
    await rm(profile, { recursive: true, force: true, maxRetries: 10 })
  }
})

test('signing out, and in as somebody else, leaves nothing of the first person on the device', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  allow(...NETWORK_COMPLAINTS)
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  await room.say('Stored by Ada')
  await untilKept(ada.page, 'Stored by Ada')
  stack.network.cut()
  await room.type('Waiting, by Ada')
  await untilKept(ada.page, 'Waiting, by Ada')
  await ada.signOut()
  expect(await readDevice(ada.page)).toBe('[]')

  stack.network.pass()
  await ada.signIn('Bo Diaz')
  await expect(ada.page.getByRole('heading', { name: 'Good to see you, Bo.' })).toBeVisible()
  await ada.enter(roomId)
  await room.say('By Bo')
  await untilKept(ada.page, 'By Bo')
  await expect(room.message('Waiting, by Ada')).toHaveCount(0)
  const kept = await readDevice(ada.page)
  expect(kept).not.toContain('Waiting, by Ada')
  // What she said in the room is there for everybody; nothing is kept in her name.
  expect(kept).not.toMatch(/\["(user|room|outbox)","ada-lovelace"/)
  const { messages } = await stack.api.readHistory(roomId, 'bo-diaz')
  expect(messages.map(({ text }) => text)).toEqual(['Stored by Ada', 'By Bo'])
})

test('[G5] a failed message survives a reload, and can be tried again or discarded', async ({
  newPerson,
  stack,
  allow,
}) => {
  test.setTimeout(120_000)
  allow(...NETWORK_COMPLAINTS)
  const roomId = crypto.randomUUID()
  const makeBo = (role: string) =>
    stack.api.upsertRoom(roomId, {
      kind: 'private',
      name: 'The attic',
      members: [
        { id: 'ada-lovelace', name: 'Ada Lovelace', role: 'owner' },
        { id: 'bo-diaz', name: 'Bo Diaz', role },
      ],
    })
  await makeBo('member')
  const bo = await newPerson('Bo Diaz')
  const bos = await bo.enter(roomId)
  stack.network.cut()
  for (const text of ['One', 'Two']) await bos.type(text)
  for (const text of ['One', 'Two']) await untilKept(bo.page, text)
  await makeBo('guest')
  stack.network.pass()
  for (const text of ['One', 'Two']) {
    await expect(bos.message(text)).toHaveAttribute('data-status', 'failed', { timeout: 40_000 })
  }
  await untilKept(bo.page, '"failed"', 2)
  await makeBo('member')
  await bo.page.reload()
  await bos.isLive()
  for (const text of ['One', 'Two']) await expect(bos.message(text)).toHaveAttribute('data-status', 'failed')
  await bos.message('One').getByRole('button', { name: 'Discard' }).click()
  await bos.message('Two').getByRole('button', { name: 'Try again' }).click()
  await expect(bos.message('Two')).toHaveAttribute('data-status', 'sent')
  await expect(bos.message('One')).toHaveCount(0)
  await bo.page.reload()
  await bos.isLive()
  expect(await bos.texts()).toEqual(['Two'])
  const { messages } = await stack.api.readHistory(roomId, 'bo-diaz')
  expect(messages.map(({ text }) => text)).toEqual(['Two'])
})

const NO_ROOMS = /status of 503 .*\/api\/rooms/

/** Everything that the pages of this origin keep, as one text. */
async function readDevice(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const read = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error as Error)
      })
    const all: unknown[] = []
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await read(indexedDB.open(name))
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store)
        const [keys, values] = await Promise.all([read(objects.getAllKeys()), read(objects.getAll())])
        for (const [at, key] of keys.entries()) all.push([key, values[at]])
      }
      database.close()
    }
    return JSON.stringify(all)
  })
}

/** Until the device keeps this text, so often. */
async function untilKept(page: Page, text: string, times = 1): Promise<void> {
  await expect.poll(async () => (await readDevice(page)).split(text).length - 1).toBeGreaterThanOrEqual(times)
}

/** A Chromium of its own with a profile that outlives it. */
async function startBrowser(profile: string): Promise<Chrome> {
  const program = findChromium() ?? chromium.executablePath()
  const args = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']
  const portFile = join(profile, 'DevToolsActivePort')
  await rm(portFile, { force: true })
  const child = spawn(program, [...chromiumArgs, ...args], { stdio: 'ignore' })
  let address = ''
  await expect
    .poll(async () => {
      const [port = '', path = ''] = (await readFile(portFile, 'utf8').catch(() => '')).split('\n')
      address = path && `ws://127.0.0.1:${port}${path}`
      return address
    })
    .not.toBe('')
  const browser: Browser = await chromium.connectOverCDP(address)
  const context = browser.contexts()[0] ?? (await browser.newContext())
  return { page: await context.newPage(), kill: () => kill(child) }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function enterAsAda({ page }: Chrome, stack: Stack, roomId: string): Promise<RoomView> {
  await page.goto(`${stack.appUrl}/rooms/${roomId}`)
  const room = new RoomView(page)
  const form = page.getByLabel('Your name')
  await form.or(room.list).first().waitFor()
  if (!(await form.isVisible())) return room
  await form.fill('Ada Lovelace')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await room.isLive()
  return room
}

// --- types ---

interface Chrome {
  page: Page
  kill(): Promise<void>
}
