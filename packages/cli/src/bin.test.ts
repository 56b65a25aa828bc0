import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const bin = join(import.meta.dirname, '..', manifest.bin.parlor)
const line = (version: string) =>
  new RegExp(`^parlor: needs Node\\.js 24 or newer; this is v${version.replaceAll('.', '\\.')}\\. .*\\n$`)

describe('the installed command', () => {
  it.each(['12.22.12', '20.20.2', '23.11.1'])('says in one line that Node.js %s is too old', (version) => {
    // Only the number differs: whether such a Node.js can read the file at all, the next test asks a real one.
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, bin, 'start']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(line(version))])
  })

  const old = findOldNode()
  it.skipIf(!old)(`says so in the Node.js that the system has${old ? ` (${old})` : ': it has no old one'}`, () => {
    const { status, stdout, stderr } = spawnSync('/usr/bin/node', [bin, 'start'], { encoding: 'utf8' })
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(line(old ?? ''))])
  })

  it('asks for the version that the package asks for', () => {
    expect(manifest.engines.node).toBe('>=24')
  })
})

/** The version of /usr/bin/node when it is below 24 (and can import at all); undefined otherwise. */
function findOldNode(): string | undefined {
  try {
    const version = execFileSync('/usr/bin/node', ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()
    const major = Number.parseInt(version, 10)
    return major >= 16 && major < 24 ? version : undefined
  } catch {
    return undefined
  }
}
