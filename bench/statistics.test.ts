import { describe, expect, it } from 'vitest'
import { Histogram, summarize } from './statistics.ts'

describe('summarize', () => {
  it('takes the middle of an odd number of values, in any order', () => {
    expect(summarize([9, 1, 4])).toEqual({ median: 4, min: 1, max: 9, count: 3 })
  })

  it('takes the mean of the two in the middle of an even number', () => {
    expect(summarize([4, 1, 3, 100]).median).toBe(3.5)
  })

  it('has no number for nothing', () => {
    expect(summarize([]).median).toBeNaN()
  })
})

describe('Histogram', () => {
  it('gives percentiles to within a bucket', () => {
    const histogram = new Histogram()
    for (let ms = 1; ms <= 100; ms++) histogram.record(ms)
    expect(histogram.count).toBe(100)
    expect(histogram.percentile(0.5)).toBeCloseTo(50, 1)
    expect(histogram.percentile(0.99)).toBeCloseTo(99, 1)
    expect(histogram.percentile(1)).toBeCloseTo(100, 1)
  })

  it('counts what is beyond its end in the last bucket, and what is below 0 in the first', () => {
    const histogram = new Histogram()
    histogram.record(1e9)
    expect(histogram.percentile(1)).toBeCloseTo(10_000, 0)
    histogram.clear()
    histogram.record(-1)
    expect(histogram.percentile(1)).toBeCloseTo(0.02, 5)
  })

  it('has no percentile of nothing', () => {
    expect(new Histogram().percentile(0.5)).toBeNaN()
  })
})
