import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { explainIgnored, explainMissingSecret, readEnv } from './env-files.ts'

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

describe('the settings that aren’t read from the app’s files', () => {
  const settings = ['PORT', 'PUBLIC_ROOMS', 'PARLOR_STALL_MS']

  it('are named in one line, with the command that sets them', () => {
    const folder = createFolder({
      '.env.local': 'PORT=4100\nPUBLIC_ROOMS=general, help-*\nPARLOR_STALL_MS=1\nDATABASE_URL=mysql://app\n',
    })
    expect(explainIgnored({}, folder, settings)).toBe(
      ".env.local has PORT, PUBLIC_ROOMS, which the service doesn't read from your app's file; to set it for the service: PORT=4100 PUBLIC_ROOMS='general, help-*' npx parlor start",
    )
    expect(explainIgnored({ PORT: '1' }, folder, settings)).toMatch(/^\.env\.local has PUBLIC_ROOMS, which/)
  })

  it('are nothing to speak of when the environment has them, in production, or when there are none', () => {
    const folder = createFolder({ '.env': 'PORT=3000' })
    expect(explainIgnored({}, folder, settings)).toMatch(/^\.env has PORT, /)
    expect(explainIgnored({ PORT: '4000' }, folder, settings)).toBeUndefined()
    expect(explainIgnored({ NODE_ENV: 'production' }, folder, settings)).toBeUndefined()
    expect(explainIgnored({}, createFolder({}), settings)).toBeUndefined()
  })
})

describe('a missing secret', () => {
  it('belongs into .env.local of this folder, and in production into the environment', () => {
    expect(explainMissingSecret({}, '/srv/app')).toBe(
      "AUTH_SECRET is not set: write your app's AUTH_SECRET or NEXTAUTH_SECRET into .env.local here (/srv/app), or set it in the environment.",
    )
    expect(explainMissingSecret({ NODE_ENV: 'production' }, '/srv/app')).toBe(
      "AUTH_SECRET is not set: set your app's AUTH_SECRET or NEXTAUTH_SECRET in the environment.",
    )
  })
})

function createFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-env-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
