/** Makes the next version from the changesets: one number for all packages, one section in CHANGELOG.md. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The changelog with a section for `version` before the newest one. */
export function addSection(changelog: string, version: string, summaries: readonly string[]): string {
  const entries = summaries.map((summary) => `- ${summary.trim().replace(/\n/g, '\n  ')}`)
  const section = `## ${version}\n\n${entries.join('\n')}\n\n`
  const at = changelog.search(/^## /m)
  return at < 0
    ? `${changelog.trimEnd()}\n\n${section.trimEnd()}\n`
    : changelog.slice(0, at) + section + changelog.slice(at)
}

/** What a changeset says, without the packages and kinds at its head. */
export function readSummary(changeset: string): string {
  return changeset.replace(/^---\n[\s\S]*?\n---\n/, '').trim()
}

if (import.meta.main) {
  const folder = '.changeset'
  const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')
  const summaries = names.sort().map((name) => readSummary(readFileSync(join(folder, name), 'utf8')))
  if (summaries.length === 0) {
    console.error('No changesets: nothing to make a version of. Write one with `npm run changeset`.')
    process.exit(1)
  }
  const { status } = spawnSync('changeset', ['version'], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  const { version } = JSON.parse(readFileSync('packages/protocol/package.json', 'utf8')) as { version: string }
  writeFileSync('CHANGELOG.md', addSection(readFileSync('CHANGELOG.md', 'utf8'), version, summaries))
  console.log(`Version ${version}. Run npm install, read CHANGELOG.md, commit.`)
}
