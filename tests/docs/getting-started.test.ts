import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
const [readme, guide] = await Promise.all([read('README.md'), read('docs/getting-started.md')])

test.each(['app/api/chat/token/route.ts', 'app/chat/page.tsx', 'app/chat/chat.tsx'])(
  'the README and docs/getting-started.md show the same %s',
  (file) => {
    const find = (text: string) => text.split('```').find((part) => part.split('\n')[1] === `// ${file}`)
    expect(find(readme)).toContain(file)
    expect(find(readme)).toBe(find(guide))
  },
)
