/** What every device storage does, tested on each of them. */
import { expect, test } from 'vitest'
import type { DeviceStorage, Key } from './storage.ts'

/** `open` gives another page's view of the same device each time; every test has a device of its own. */
export function testDeviceStorage(createDevice: () => () => DeviceStorage): void {
  test('a record is kept under its key until it is deleted', async () => {
    const storage = createDevice()()
    await storage.transact((records) => records.put(['user', 'ada'], { name: 'Ada', tags: ['a'] }))
    expect(await read(storage, ['user', 'ada'])).toEqual({ name: 'Ada', tags: ['a'] })
    expect(await read(storage, ['user'])).toBeUndefined()
    await storage.transact((records) => records.put(['user', 'ada'], 2))
    expect(await read(storage, ['user', 'ada'])).toBe(2)
    await storage.transact((records) => records.delete(['user', 'ada']))
    expect(await read(storage, ['user', 'ada'])).toBeUndefined()
  })

  test('what is kept is a copy', async () => {
    const storage = createDevice()()
    const record = { rows: [1] }
    await storage.transact((records) => records.put(['room', 'ada'], record))
    record.rows.push(2)
    expect(await read(storage, ['room', 'ada'])).toEqual({ rows: [1] })
  })

  test('a list is what begins with these parts, in order, and nothing that only looks like it', async () => {
    const storage = createDevice()()
    const keys: Key[] = [
      ['room', 'ada', 'team'],
      ['room', 'ada', 'general'],
      ['room', 'adam', 'general'],
      ['room', 'ad', 'general'],
      ['rooms', 'ada', 'general'],
      ['room', 'ada'],
      ['room', 'ada', '"],["'],
      ['room', 'ada', ''],
      ['room', 'ada', 'x', 'y'],
    ]
    await storage.transact(async (records) => {
      for (const key of keys) await records.put(key, key.join('/'))
    })
    const listed = await storage.transact((records) => records.list(['room', 'ada']))
    expect(listed.map(([key]) => key)).toEqual([
      ['room', 'ada'],
      ['room', 'ada', ''],
      ['room', 'ada', '"],["'],
      ['room', 'ada', 'general'],
      ['room', 'ada', 'team'],
      ['room', 'ada', 'x', 'y'],
    ])
    for (const [key, record] of listed) expect(record).toBe(key.join('/'))
    await storage.transact((records) => records.delete(['room', 'ada']))
    const left = await storage.transact((records) => records.list([]))
    expect(left.map(([key]) => key)).toEqual([
      ['room', 'ad', 'general'],
      ['room', 'adam', 'general'],
      ['rooms', 'ada', 'general'],
    ])
    await storage.transact((records) => records.delete([]))
    expect(await storage.transact((records) => records.list([]))).toEqual([])
  })

  test('a transaction that fails has written nothing', async () => {
    const storage = createDevice()()
    await storage.transact((records) => records.put(['user', 'ada'], 1))
    const failing = storage.transact(async (records) => {
      await records.put(['user', 'ada'], 2)
      await records.delete(['user'])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    const uncopied = storage.transact(async (records) => {
      await records.put(['user', 'bob'], 1)
      await records.put(['user', 'ada'], () => {})
    })
    await expect(uncopied).rejects.toThrow()
    expect(await storage.transact((records) => records.list([]))).toEqual([[['user', 'ada'], 1]])
  })

  test('pages take turns: each transaction sees what the one before left', async () => {
    const open = createDevice()
    const pages = [open(), open(), open()]
    const count = (storage: DeviceStorage): Promise<void> =>
      storage.transact(async (records) => {
        const before = (await records.get(['count'])) as number | undefined
        await records.put(['count'], (before ?? 0) + 1)
      })
    await Promise.all(pages.flatMap((storage) => [count(storage), count(storage), count(storage)]))
    expect(await read(open(), ['count'])).toBe(9)
  })
}

function read(storage: DeviceStorage, key: Key): Promise<unknown> {
  return storage.transact((records) => records.get(key))
}
