/** Plants what documents get wrong and expects the checks to say so. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkEnvExample, checkLinks, checkReferences, findReferences, listDocuments } from './doc-references.ts'
import { checkRules } from './doc-rules.ts'
import { checkSamples, countLines, findSamples } from './doc-samples.ts'

const fence = '```'

function build(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'parlor-docs-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

describe('references', () => {
  const source = `export class Hub { tell() {} }
    export const createHub = () => new Hub()
    interface Frame { ref: number }`
  const check = (text: string) => {
    const root = build({ 'packages/server/src/hub.ts': source, 'docs/architecture.md': text })
    return checkReferences(root, findReferences(root, 'docs/architecture.md'))
  }

  test.each(['Hub', 'tell', 'Hub.tell', 'createHub', 'Frame', 'Frame.ref'])('%s is declared', (symbol) => {
    expect(check(`It goes to \`packages/server/src/hub.ts#${symbol}\`.`)).toEqual([])
  })

  test.each([
    ['`packages/server/src/hub.ts#shout`', /declares no shout/],
    ['`packages/server/src/gone.ts#Hub`', /gone\.ts doesn't exist/],
    ['[the hub](../packages/server/src/hub.ts#shout)', /declares no shout/],
    ['[the hub](../packages/server/src/hub.ts#L3)', /names a line/],
  ])('%s is found', (text, expected) => {
    expect(check(`One\n${text}`)).toEqual([expect.stringMatching(expected)])
    expect(check(`One\n${text}`)[0]).toMatch(/^docs\/architecture\.md:2:/)
  })
})

describe('links', () => {
  const check = (text: string) =>
    checkLinks(build({ 'docs/a.md': text, 'docs/b.md': '# One, two & `three`' }), 'docs/a.md')

  test('links that hold', () => {
    expect(check('[b](b.md) [b](b.md#one-two--three) [out](https://example.com) `docs/b.md`')).toEqual([])
  })

  test('what stands in a sample is no link', () => {
    expect(check(`${fence}text\n[x](gone.md)\n${fence}`)).toEqual([])
  })

  test.each([
    ['[b](gone.md)', /gone\.md doesn't exist/],
    ['[b](b.md#four)', /no heading #four/],
    ['`packages/gone/src`', /packages\/gone\/src doesn't exist/],
  ])('%s is found', (text, expected) => {
    expect(check(text)).toEqual([expect.stringMatching(expected)])
  })
})

test('a setting of .env.example that nothing reads is found', () => {
  const root = build({
    '.env.example': '# PORT=1\nOLD_NAME=2\n',
    'packages/x/src/a.ts': "read('PORT')",
    'apps/x/a.ts': '',
  })
  expect(checkEnvExample(root)).toEqual(['.env.example: nothing reads OLD_NAME'])
})

test('documents are found at the top and in docs, never in what is installed', () => {
  const root = build({ 'README.md': '', 'docs/decisions/a.md': '', 'packages/x/node_modules/y/README.md': '' })
  expect(listDocuments(root)).toEqual(['README.md', 'docs/decisions/a.md'])
})

describe('rules', () => {
  const law = '**[CONN-1]** First. As in [CONN-2].\n\n**[CONN-2]** Second.\n'
  const tests = "test('[CONN-1, CONN-2] both', () => {})"

  test('each with a test: none is reported', () => {
    expect(checkRules(build({ 'docs/protocol.md': law, 'tests/a.test.ts': tests }))).toEqual([])
  })

  test('titles of test.each and describe count', () => {
    const text = "describe('[CONN-1] x', () => { test.each([1])(`[CONN-2] %s`, () => {}) })"
    expect(checkRules(build({ 'docs/protocol.md': law, 'tests/a.test.ts': text }))).toEqual([])
  })

  test.each([
    ['a rule without a test', { 'tests/a.test.ts': "test('[CONN-1] one', () => {})" }, /no test shows \[CONN-2\]/],
    ['a comment is no test', { 'tests/a.test.ts': "// [CONN-2]\ntest('[CONN-1] one', () => {})" }, /no test shows/],
    ['a test of no rule', { 'tests/b.test.ts': "it('[CONN-9] x', () => {})" }, /tests \[CONN-9\], which isn't/],
    [
      'a rule that is written twice',
      { 'docs/protocol.md': `${law}**[CONN-1]** Again.` },
      /\[CONN-1\] is defined twice/,
    ],
    ['a mention of no rule', { 'docs/protocol.md': `${law}See [CONN-7].` }, /mentions \[CONN-7\]/],
  ])('%s is found', (_, files, expected) => {
    const root = build({ 'docs/protocol.md': law, 'tests/a.test.ts': tests, ...(files as Record<string, string>) })
    expect(checkRules(root)).toEqual([expect.stringMatching(expected)])
  })

  test('a law without rules is found', () => {
    expect(checkRules(build({ 'docs/protocol.md': 'Nothing.', 'tests/a.test.ts': '' }))).toHaveLength(1)
  })
})

describe('samples', () => {
  const sample = (code: string, info = 'ts') => `# Title\n\n${fence}${info}\n${code}\n${fence}\n`
  const check = (text: string) => {
    const root = build({ 'docs/a.md': text })
    symlinkSync(join(import.meta.dirname, '../node_modules'), join(root, 'node_modules'))
    return checkSamples(root, findSamples('docs/a.md', text))
  }

  test('other languages are left alone, and fences inside them too', () => {
    expect(findSamples('a.md', `${fence}sh\nx\n${fence}\n${fence}\n${fence}\n${sample('let a = 1')}`)).toMatchObject([
      { firstLine: 9, lines: ['let a = 1'], path: 'sample-9.ts' },
    ])
  })

  test('blank lines and comments are no lines of code', () => {
    expect(countLines(findSamples('a.md', sample('// app/a.ts\n\nlet a = 1 // one\n  // two\nlet b')))).toBe(2)
  })

  test('a fence that is never closed is found', () => {
    expect(() => findSamples('a.md', `${fence}ts\nlet a`)).toThrow("a.md:1: the fence isn't closed")
  })

  test('a sample that compiles, and one that imports another by name', () => {
    const text = `${sample('// app/room.ts\nexport const room = 1')}${sample("import { room } from '@/app/room'\nroom.toFixed()", 'tsx')}`
    expect(check(text)).toEqual([])
  })

  test('a sample that does not compile is named by the line of its document', () => {
    expect(check(sample("const a: number = 'text'"))).toEqual([expect.stringMatching(/^docs\/a\.md:4: error TS2322/)])
  })

  test('two samples of one file are two apps', () => {
    const text = `${sample('// app/a.ts\nexport const a = 1')}${sample('// app/a.ts\nexport const b = 1')}`
    expect(check(text)).toEqual([])
  })

  test('the second app has the other files of the first, and what is wrong with them is said once', () => {
    const shared = sample('// auth.ts\nexport const auth: string = 1')
    const route = (line: string) => sample(`// app/route.ts\nimport { auth } from '@/auth'\n${line}`)
    expect(check(`${shared}${route('auth.trim()')}${route('auth.at(0)')}`)).toEqual([
      expect.stringMatching(/^docs\/a\.md:\d+: error TS2322/),
    ])
  })

  test('ts authjs sees Auth.js v5, ts sees NextAuth v4', () => {
    const v5 =
      "import type { NextAuthConfig } from 'next-auth'\nexport const config: NextAuthConfig = { providers: [] }"
    expect(check(sample(v5, 'ts authjs'))).toEqual([])
    expect(check(sample(v5))).toHaveLength(1)
  })
})
