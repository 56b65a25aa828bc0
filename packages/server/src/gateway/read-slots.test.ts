import { describe, expect, it } from 'vitest'
import { ReadSlots } from './read-slots.ts'

describe('read slots', () => {
  it('let a user have so many reads at once, in their order, whatever becomes of each; others have their own', async () => {
    const slots = new ReadSlots(2)
    const started: string[] = []
    const reads = new Map<string, PromiseWithResolvers<string>>()
    const ask = (userId: string, name: string) =>
      slots.run(userId, () => {
        started.push(name)
        const read = Promise.withResolvers<string>()
        reads.set(name, read)
        return read.promise
      })
    const all = [ask('ada', 'a1'), ask('ada', 'a2'), ask('ada', 'a3'), ask('ada', 'a4'), ask('bob', 'b1')]
    expect(started).toEqual(['a1', 'a2', 'b1'])
    reads.get('a2')?.reject(new Error('refused'))
    await expect(all[1]).rejects.toThrow('refused')
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3'])
    for (const name of ['a1', 'a3', 'b1']) reads.get(name)?.resolve(name)
    await Promise.all([all[0], all[2], all[4]])
    reads.get('a4')?.resolve('a4')
    expect(await all[3]).toBe('a4')
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3', 'a4'])
  })
})
