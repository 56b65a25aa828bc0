import { describe, expect, it } from 'vitest'
import { joinSessionCookie, MAX_TOKEN_CHARS, parseCookies } from './session-token.ts'

describe('joinSessionCookie', () => {
  const join = (cookies: Record<string, string>) => joinSessionCookie('s', (name) => cookies[name])

  it('takes the whole cookie, and its chunks only without it', () => {
    expect(join({ s: 'whole', 's.0': 'a', 's.1': 'b' })).toBe('whole')
    expect(join({ 's.0': 'a', 's.1': 'b' })).toBe('ab')
  })

  it('stops at the first chunk that is missing', () => {
    expect(join({ 's.0': 'a', 's.2': 'c' })).toBe('a')
    expect(join({ 's.1': 'b' })).toBeUndefined()
    expect(join({})).toBeUndefined()
  })

  it('matches names exactly', () => {
    expect(join({ 's.evil': 'x', 's-2': 'y', s2: 'z' })).toBeUndefined()
  })

  it('gives up soon after a token is too long', () => {
    const chunk = 'x'.repeat(4_000)
    let asked = 0
    joinSessionCookie('s', (name) => {
      asked++
      return name === 's' ? undefined : chunk
    })
    expect(asked).toBeLessThan(MAX_TOKEN_CHARS / chunk.length + 3)
  })
})

describe('parseCookies', () => {
  it('reads pairs, the first of each name, and nothing into them', () => {
    const cookies = parseCookies(' a=1;b = x=y ; a=2; =; flag; c=%E0%A4;__proto__=p')
    expect([...cookies]).toEqual([
      ['a', '1'],
      ['b', 'x=y'],
      ['', ''],
      ['c', '%E0%A4'],
      ['__proto__', 'p'],
    ])
  })
})
