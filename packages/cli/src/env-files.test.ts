import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readEnv } from './env-files.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('the environment of parlor start', () => {
  it('takes sign-in and Parlor settings from the app’s files, and nothing else of the app', () => {
    const folder = createFolder({
      '.env': 'NEXTAUTH_SECRET="from .env"\nDATABASE_URL=mysql://app\nPORT=3000\n',
      '.env.local': 'AUTH_SECRET=from-local\nPARLOR_STALL_MS=5000\n',
    })
    expect(readEnv({}, folder)).toEqual({
      NEXTAUTH_SECRET: 'from .env',
      AUTH_SECRET: 'from-local',
      PARLOR_STALL_MS: '5000',
    })
  })

  it('lets .env.local win over .env, and what is set already over both', () => {
    const folder = createFolder({ '.env': 'AUTH_SECRET=a\nAUTH_URL=a', '.env.local': 'AUTH_SECRET=b\nAUTH_URL=b' })
    expect(readEnv({ AUTH_URL: 'c' }, folder)).toEqual({ AUTH_SECRET: 'b', AUTH_URL: 'c' })
  })

  it('reads no file in production', () => {
    const folder = createFolder({ '.env': 'AUTH_SECRET=a' })
    expect(readEnv({ NODE_ENV: 'production' }, folder)).toEqual({ NODE_ENV: 'production' })
  })
})

function createFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-env-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
