import { readdir, readFile } from 'node:fs/promises'
import { CLIENT_ERRORS } from '@parlor/client'
import { describe, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const document = await readFile(new URL('docs/react.md', root), 'utf8')
/** The names in the first cells of the tables. */
const names = document
  .split('\n')
  .flatMap(
    (line) =>
      /^\| (`.*?`) \| /
        .exec(line)?.[1]
        ?.matchAll(/`([^`(]+)[^`]*`/g)
        .toArray() ?? [],
  )
  .map(([, name = '']) => name)

describe('docs/react.md', () => {
  test('lists every field and action that useChat returns, and no other', async () => {
    const source = await readFile(new URL('packages/react/src/use-chat.ts', root), 'utf8')
    const [, body = ''] = /^export interface UseChatResult.*?\{\n(.*?)^\}/ms.exec(source) ?? []
    const fields = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name = '']) => name)
    expect(fields).toContain('jumpTo')
    const [, section = ''] = /^It returns:\n(.*?)^Actions keep/ms.exec(document) ?? []
    const listed = section
      .split('\n')
      .flatMap(
        (line) =>
          /^\| (`.*?`) \| /
            .exec(line)?.[1]
            ?.matchAll(/`(\w+)/g)
            .toArray() ?? [],
      )
      .map(([, name = '']) => name)
    expect([...new Set(listed)].toSorted()).toEqual(fields.toSorted())
  })

  test('lists every variable of the styles, and no other', async () => {
    const folder = new URL('packages/react/src/styles/', root)
    const files = await Promise.all((await readdir(folder)).map((file) => readFile(new URL(file, folder), 'utf8')))
    const used = new Set(files.join('\n').match(/(?<=var\(\s*)--parlor-[a-z-]+/g))
    expect(used.size).toBeGreaterThan(10)
    expect(names.filter((name) => name.startsWith('--')).toSorted()).toEqual([...used].toSorted())
  })

  test('lists every error that only a client knows, and no other', () => {
    const [, section = ''] = /^## Errors of the client\n(.*)/ms.exec(document) ?? []
    const codes = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code)
    expect(codes.toSorted()).toEqual(Object.keys(CLIENT_ERRORS).toSorted())
  })
})
