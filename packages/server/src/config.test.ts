import { describe, expect, it } from 'vitest'
import { createConfig, readConfig, SETTINGS } from './config.ts'

describe('settings', () => {
  it('have their defaults in an empty environment', () => {
    const defaults = Object.fromEntries(Object.entries(SETTINGS).map(([name, setting]) => [name, setting.default]))
    expect(readConfig({})).toEqual(defaults)
    expect(createConfig({})).toEqual(defaults)
  })

  it('are read from their variables; an empty one counts as not set', () => {
    const config = readConfig({ PORT: '8080', PUBLIC_ROOMS: 'general, team-*', PARLOR_STALL_MS: '' })
    expect(config).toMatchObject({ port: 8080, publicRooms: ['general', 'team-*'], stallMs: 10_000 })
  })

  it('take one Redis, or several servers of a cluster', () => {
    expect(readConfig({}).redisUrl).toEqual([])
    expect(readConfig({ REDIS_URL: 'redis://one:6379, rediss://user:pass@two' }).redisUrl).toEqual([
      'redis://one:6379',
      'rediss://user:pass@two',
    ])
  })

  it('leave an app’s own DATABASE_URL alone unless it names a database of ours', () => {
    expect(readConfig({ DATABASE_URL: 'mysql://app' }).databaseUrl).toBe('file:./parlor.db')
    expect(readConfig({ DATABASE_URL: 'file:/data/chat.db' }).databaseUrl).toBe('file:/data/chat.db')
    expect(readConfig({ DATABASE_URL: 'postgres://db/app' }).databaseUrl).toBe('postgres://db/app')
    const both = { DATABASE_URL: 'postgres://db/app', PARLOR_DATABASE_URL: 'file:./chat.db' }
    expect(readConfig(both).databaseUrl).toBe('file:./chat.db')
  })

  it.each([
    [{ PORT: 'http' }, /^PORT must be a whole number from 0 to 65535/],
    [{ PORT: '70000' }, /^PORT must/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of fatal/],
    [{ PARLOR_DATABASE_URL: 'mysql://x' }, /^PARLOR_DATABASE_URL is not/],
    [{ REDIS_URL: 'localhost:6379' }, /^REDIS_URL is not the address of a Redis/],
    [{ REDIS_URL: 'redis://one:6379, http://two' }, /^REDIS_URL is not/],
    [{ PARLOR_FRAMES_BURST: '5' }, /^PARLOR_FRAMES_BURST must be at least/],
  ])('%o stops the start with one line that names the setting', (env, line) => {
    expect(() => readConfig(env)).toThrow(line)
    expect(() => readConfig(env)).toThrow(/^[^\n]+$/)
  })
})
