import { describe, expect, it } from 'vitest'
import { hashDraft } from './draft-hash.ts'

describe('the hash of a draft', () => {
  it('is the same for the same content, whatever the order of the keys', () => {
    expect(hashDraft({ text: 'hi', data: { a: 1, b: { c: [1, { x: 1, y: 2 }], d: 2 } } })).toBe(
      hashDraft({ text: 'hi', data: { b: { d: 2, c: [1, { y: 2, x: 1 }] }, a: 1 } }),
    )
  })

  it('differs by text, by data and by the order of a list', () => {
    const hashes = [
      { text: 'hi' },
      { text: 'hi!' },
      { text: 'hi', data: {} },
      { text: 'hi', data: { a: [1, 2] } },
      { text: 'hi', data: { a: [2, 1] } },
    ].map(hashDraft)
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
