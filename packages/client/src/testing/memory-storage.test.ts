import { describe, expect, test } from 'vitest'
import { testDeviceStorage } from '../offline/storage.contract.ts'
import { createMemoryDevice } from './memory-storage.ts'

describe('memory', () => {
  testDeviceStorage(() => {
    const device = createMemoryDevice()
    return () => device.openPage().storage
  })

  test('a page that goes in the middle of a write has written nothing, and holds nobody up', async () => {
    let finish: () => void = () => {}
    const device = createMemoryDevice(() => new Promise((resolve) => (finish = resolve)))
    const [dying, living] = [device.openPage(), device.openPage()]
    void dying.storage.transact((records) => records.put(['a'], 1))
    const after = living.storage.transact((records) => records.put(['b'], 2))
    dying.die()
    await new Promise((resolve) => setImmediate(resolve))
    finish()
    await after
    expect([...device.records]).toEqual([['["b"]', 2]])
  })

  test('a page that goes while it waits for its turn lets nobody in before theirs', async () => {
    const finish: (() => void)[] = []
    const device = createMemoryDevice(() => new Promise((resolve) => finish.push(resolve)))
    const [first, dying, last] = [device.openPage(), device.openPage(), device.openPage()]
    const before = first.storage.transact((records) => records.put(['a'], 1))
    void dying.storage.transact((records) => records.put(['b'], 2))
    const after = last.storage.transact((records) => records.put(['c'], 3))
    dying.die()
    for (const done of [before, after]) {
      await new Promise((resolve) => setImmediate(resolve))
      finish.shift()?.()
      await done
    }
    expect([...device.records.keys()]).toEqual(['["a"]', '["c"]'])
  })
})
