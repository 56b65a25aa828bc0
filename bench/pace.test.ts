import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'

describe('Pace', () => {
  it.each([false, true])(
    'sends everything that is due before the last mark, evenly spaced (lone: %s)',
    async (isLone) => {
      const due: number[] = []
      const startedAt = performance.now()
      await new Pace(1_000, isLone).run(startedAt, [{ at: startedAt + 50, act: () => {} }], (dueMs) => due.push(dueMs))
      expect(due).toHaveLength(50)
      expect(due.map((ms) => Math.round(ms - startedAt))).toEqual(Array.from({ length: 50 }, (_, i) => i))
    },
  )

  it('acts on each mark between the messages before and after it, also when it is late', async () => {
    const order: string[] = []
    // Long ago: everything is due at once.
    const startedAt = performance.now() - 1_000
    const marks = [20, 10].map((ms) => ({ at: startedAt + ms, act: () => order.push(`mark ${ms}`) }))
    await new Pace(200).run(startedAt, marks, (_dueMs, index) => order.push(`message ${index}`))
    expect(order).toEqual(['message 0', 'message 1', 'mark 10', 'message 2', 'message 3', 'mark 20'])
  })

  it('rejects when sending fails', async () => {
    const startedAt = performance.now()
    const marks = [{ at: startedAt + 10, act: () => {} }]
    const run = new Pace(100).run(startedAt, marks, () => {
      throw new Error('no socket')
    })
    await expect(run).rejects.toThrow('no socket')
  })
})
