import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CLIENT_ERRORS } from '@parlor/client'
import { ERRORS } from '@parlor/protocol'
import { describe, expect, test } from 'vitest'
import { startService } from '../conformance/harness.ts'
import { SECRET } from '../conformance/tokens.ts'

const document = await readFile(new URL('../../docs/sign-in.md', import.meta.url), 'utf8')

describe('docs/sign-in.md', () => {
  test('its command prints a key that reads chat tokens without the secret', async () => {
    const [, script = ''] = /^```sh token-key\n(.*?)^```$/ms.exec(document) ?? []
    // From its source: the installed command needs a build.
    const [npx, parlor, ...args] = script.trim().split(' ')
    expect([npx, parlor]).toEqual(['npx', 'parlor'])
    const main = join(import.meta.dirname, '../../packages/cli/src/main.ts')
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@parlor/source', main, ...args], {
      env: { ...process.env, AUTH_SECRET: SECRET },
    })
    const service = await startService({ env: { AUTH_SECRET: '', PARLOR_TOKEN_SECRET: stdout.trim() } })
    await service.signIn('ann')
  })

  test('it lists every reason for which a token is refused', () => {
    const codes = Object.keys(ERRORS)
    const ofService = codes.slice(codes.indexOf('token_missing'), codes.indexOf('origin_refused') + 1)
    const ofRoute = Object.keys(CLIENT_ERRORS).filter((code) => /^(signed_out|token_route_)/.test(code))
    const listed = [...document.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code)
    expect(listed.toSorted()).toEqual([...ofService, ...ofRoute].toSorted())
  })
})
