import { expect, test } from 'vitest'
import { HeadReader } from './head-reader.ts'

test('[G12] rooms that are asked for together, or while others are read, share a statement', async () => {
  const statements: (readonly string[])[] = []
  const answers: PromiseWithResolvers<void>[] = []
  const heads = new HeadReader({
    async readHeads(roomIds) {
      statements.push(roomIds)
      const answer = Promise.withResolvers<void>()
      answers.push(answer)
      await answer.promise
      return new Map(roomIds.map((roomId) => [roomId, { epoch: 'e', head: statements.length }]))
    },
  })
  const first = [heads.read('a'), heads.read('b'), heads.read('a')]
  await Promise.resolve()
  // What was begun before is too old for these.
  const second = [heads.read('a'), heads.read('c')]
  expect(statements).toEqual([['a', 'b']])
  answers[0]?.resolve()
  expect((await Promise.all(first)).map((head) => head?.head)).toEqual([1, 1, 1])
  answers[1]?.resolve()
  expect((await Promise.all(second)).map((head) => head?.head)).toEqual([2, 2])
  expect(statements).toEqual([
    ['a', 'b'],
    ['a', 'c'],
  ])
})

test('a read that fails fails for whoever shared it, and for nobody else', async () => {
  let isBroken = true
  const heads = new HeadReader({
    readHeads: async () => {
      if (isBroken) throw new Error('no database')
      return new Map()
    },
  })
  await expect(Promise.all([heads.read('a'), heads.read('b')])).rejects.toThrow('no database')
  isBroken = false
  expect(await heads.read('a')).toBeUndefined()
})
