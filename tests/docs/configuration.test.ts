import { readFile } from 'node:fs/promises'
import { AUTH_SETTINGS, SETTINGS } from '@parlor/server'
import { describe, expect, test } from 'vitest'

const document = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.slice(2, -2).split(' | '))

describe('docs/configuration.md', () => {
  test.each(Object.values(SETTINGS))('has $env with its default and what it is', ({ env, default: value, help }) => {
    const [, shown = '', what] = rows.find(([name]) => name === `\`${env}\``) ?? []
    const plain = typeof value === 'number' ? Number(shown) : shown.replaceAll('`', '')
    expect(plain).toBe(Array.isArray(value) ? value.join(',') : value)
    expect(what).toBe(help)
  })

  test.each(AUTH_SETTINGS)('has $env and what it is', ({ env, help }) => {
    expect(rows.find(([name]) => name === `\`${env}\``)?.[1]).toBe(help)
  })

  test('has no setting that nothing reads', () => {
    const [service = '', app = ''] = document.split('## The app')
    const known = [...Object.values(SETTINGS), ...AUTH_SETTINGS].map(({ env }) => env)
    const named = [...service.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name)
    expect(named.toSorted()).toEqual(known.toSorted())
    expect(app).toContain('NEXT_PUBLIC_PARLOR_URL')
  })
})
