import { expect, test } from 'vitest'
import { createFakeClock, settle } from '../testing/fake-clock.ts'
import { createFakeLocks } from '../testing/fake-locks.ts'
import { type Page, takePage } from './page.ts'

test('a page keeps its id over a reload', async () => {
  const origin = createOrigin()
  const tab = new Map<string, string>()
  const before = await origin.open(tab)
  before.die()
  const after = await origin.open(tab)
  expect(after.page.id).toBe(before.page.id)
})

test('a reload whose old page is not quite gone waits for it a little', async () => {
  const origin = createOrigin()
  const tab = new Map<string, string>()
  const before = await origin.open(tab)
  const opening = origin.open(tab)
  await settle()
  before.die()
  await origin.clock.advance(300)
  expect((await opening).page.id).toBe(before.page.id)
})

test('a duplicated tab takes an id of its own, and keeps that one', async () => {
  const origin = createOrigin()
  const tab = new Map<string, string>()
  const original = await origin.open(tab)
  const copy = new Map(tab)
  const opening = origin.open(copy)
  await origin.clock.advance(1_000)
  const duplicate = await opening
  expect(duplicate.page.id).not.toBe(original.page.id)
  duplicate.die()
  expect((await origin.open(copy)).page.id).toBe(duplicate.page.id)
  original.die()
  expect((await origin.open(tab)).page.id).toBe(original.page.id)
})

test('word comes when a page is gone, however it went, and not before', async () => {
  const origin = createOrigin()
  const [watcher, closing, dying] = [await origin.open(), await origin.open(), await origin.open()]
  const gone: string[] = []
  for (const { page } of [closing, dying]) void watcher.page.whenGone(page.id).then(() => gone.push(page.id))
  await settle()
  expect(gone).toEqual([])
  closing.page.close()
  await settle()
  expect(gone).toEqual([closing.page.id])
  dying.die()
  await settle()
  expect(gone).toEqual([closing.page.id, dying.page.id])
  const question = new AbortController()
  const asked = watcher.page.whenGone(watcher.page.id, question.signal)
  question.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
})

test('a page that stands still holds nothing, and takes its id again when it goes on', async () => {
  const origin = createOrigin()
  const { page } = await origin.open()
  const { id } = page
  page.suspend()
  expect(origin.locks.isHeld(`parlor page ${id}`)).toBe(false)
  await page.resume()
  expect(page.id).toBe(id)
  expect(origin.locks.isHeld(`parlor page ${id}`)).toBe(true)
})

test('a page that goes on after its copy has taken its id is another page', async () => {
  const origin = createOrigin()
  const tab = new Map<string, string>()
  const still = await origin.open(tab)
  const { id } = still.page
  still.page.suspend()
  const copy = await origin.open(new Map(tab))
  expect(copy.page.id).toBe(id)
  const resuming = still.page.resume()
  await origin.clock.advance(1_000)
  await resuming
  expect(still.page.id).not.toBe(id)
  expect(origin.locks.isHeld(`parlor page ${still.page.id}`)).toBe(true)
})

test('a page that is closed while it takes its id ends up with none', async () => {
  const origin = createOrigin()
  const { page } = await origin.open()
  page.suspend()
  const resuming = page.resume()
  page.close()
  await resuming
  expect(origin.locks.isHeld(`parlor page ${page.id}`)).toBe(false)
})

function createOrigin() {
  const locks = createFakeLocks()
  const clock = createFakeClock()
  let ids = 0
  return {
    locks,
    clock,
    async open(tab = new Map<string, string>()): Promise<{ page: Page; die(): void }> {
      const { locks: own, die } = locks.openPage()
      const memory = {
        get: (key: string) => tab.get(key) ?? null,
        set: (key: string, value: string) => void tab.set(key, value),
      }
      const newId = () => {
        ids += 1
        return `page-${ids}`
      }
      return { page: await takePage({ locks: own, memory, clock, newId }, 'chat.test'), die }
    },
  }
}
