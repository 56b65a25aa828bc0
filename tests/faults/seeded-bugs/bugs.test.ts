/** Seeded bugs rot when the sources move on: every one still applies. `npm run faults -- --seeded-bugs` runs them. */
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../support/processes.ts'
import { BUGS_FOLDER, listBugs } from './run.ts'

const bugs = await listBugs()

test.each(bugs)('%s applies to the sources as they are', (bug) => {
  execFileSync('git', ['apply', '--check', join(BUGS_FOLDER, bug)], { cwd: ROOT, stdio: 'pipe' })
})

test('there are at least 12 bugs, in at least 6 files of the packages', async () => {
  const patches = await Promise.all(bugs.map((bug) => readFile(join(BUGS_FOLDER, bug), 'utf8')))
  const files = patches.flatMap((patch) => [...patch.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file]) => file))
  expect(bugs.length).toBeGreaterThanOrEqual(12)
  expect(new Set(files).size).toBeGreaterThanOrEqual(6)
  expect(files.filter((file) => !file?.startsWith('packages/'))).toEqual([])
})
