import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeInputBlock, makePlanBlocks } from './blocks.ts'
import { findConstants, readResults } from './constants.ts'
import { fillPage, findStale } from './page.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'scale.md'), 'utf8')

describe('docs/scale.md', () => {
  // If this fails after a new benchmark: npm run scale -- --simulate --write
  it('shows the plans that the program makes of the results, and simulations of the same', () => {
    const results = readResults(root)
    expect(findStale(page, { ...makePlanBlocks(results), ...makeInputBlock(findConstants(results)) })).toEqual([])
  })

  it('shows no prediction that is off, and no empty place', () => {
    expect(page).not.toMatch(/<!-- scale:[\w-]+ -->\n+<!-- /)
    expect(page).toContain('holds |')
    expect(page).not.toContain('**off**')
  })

  it('names metrics that there are', () => {
    const metrics = readFileSync(join(root, 'packages/server/src/metrics.ts'), 'utf8')
    const named = [...page.matchAll(/`parlor_(\w+)/g)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(5)
    for (const name of named) expect(metrics).toMatch(new RegExp(`'(parlor_)?${name}'`))
  })
})

describe('a page', () => {
  const empty = 'Before\n<!-- scale:one -->\nold\n<!-- /scale -->\nafter\n<!-- scale:two -->\n<!-- /scale -->\n'

  it('takes blocks into their places and keeps the rest', () => {
    const filled = fillPage(empty, { one: ['| a |', '| b |'] })
    expect(filled).toContain('Before\n<!-- scale:one -->\n\n| a |\n| b |\n\n<!-- /scale -->\nafter')
    expect(fillPage(filled, { one: ['| a |', '| b |'] })).toBe(filled)
    expect(findStale(filled, { one: ['| a |', '| b |'], two: ['new'] })).toEqual(['two'])
  })

  it('refuses a block that has no place', () => {
    expect(() => fillPage(empty, { three: ['lost'] })).toThrow(/no place for three/)
  })
})
