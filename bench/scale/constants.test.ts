import { describe, expect, it } from 'vitest'
import { findConstants, type Results } from './constants.ts'

describe('the constants', () => {
  it('are what a message and a delivery cost, solved from two sizes of room', () => {
    // 200 µs for a message and 5 for a delivery: what rooms of 1,000 and of 10 would then show.
    const { values } = findConstants(createResults({ w1: 200 / 1_000 + 5, w2: 200 / 10 + 5 }))
    expect(values.messageUs).toBeCloseTo(200)
    expect(values.writeUs).toBeCloseTo(5)
    expect(values.connectUs).toBe(250)
  })

  it('say which of them nobody measured', () => {
    const { list } = findConstants(createResults())
    expect(list.find(({ name }) => name === 'writeUs')?.from).toMatch(/^measured: W1/)
    expect(list.find(({ name }) => name === 'receiveUs')?.from).toMatch(/^assumed: /)
  })

  it('are measured where many nodes were', () => {
    const constants = { receiveUs: { value: 77, from: 'a try' } }
    const { values, list } = findConstants({ ...createResults(), cluster: { runs: {}, constants } })
    expect(values.receiveUs).toBe(77)
    expect(list.find(({ name }) => name === 'receiveUs')?.from).toBe('measured: a try')
  })

  it('are no constants where a result lacks one, or makes no sense', () => {
    expect(() =>
      findConstants({ bench: { command: '', date: '', commit: '', medians: {} }, cluster: undefined }),
    ).toThrow(/no usPerDelivery/)
    expect(() => findConstants(createResults({ w1: 9, w2: 8 }))).toThrow(/messageUs comes to -/)
    const cluster = { runs: {}, constants: { recieveUs: { value: 1, from: '' } } } as Results['cluster']
    expect(() => findConstants({ ...createResults(), cluster })).toThrow(/no plan asks for recieveUs/)
  })
})

function createResults({ w1 = 6, w2 = 22 } = {}): Results {
  const of = (parlor: Record<string, number>) => ({ parlor })
  const medians = {
    W1: of({ usPerDelivery: w1 }),
    W2: of({ usPerDelivery: w2 }),
    W4: of({ kibPerConnection: 8 }),
    W5: of({ connectsPerCpuSecond: 4_000 }),
    idle: of({ idleMiB: 90 }),
  }
  return { bench: { command: 'a try', date: '2026-01-01', commit: 'abc', medians }, cluster: undefined }
}
