/** A short run against a real service: everybody does everything, and the log of it is whole. */
import { startTestServer } from '@parlor/server/testing'
import { formatEntry, judge, type LogEntry, type OperationKind, parseLog, runWorkload } from '@parlor/verify'
import { expect, onTestFinished, test, vi } from 'vitest'

// Only a bound for what hangs: a busy machine takes long to settle.
vi.setConfig({ testTimeout: 120_000 })

const KINDS: readonly OperationKind[] = [
  ...(['send', 'retry', 'discard', 'edit', 'delete', 'react', 'older', 'newer', 'jump', 'latest'] as const),
  ...(['connect', 'disconnect', 'cut', 'pause', 'reload', 'remove', 'return'] as const),
]

test('[G1] [G2] [G3] [G4] [G5] [G6] [G7] [G14] a run does everything that a person can do, and nothing of it is wrong', async () => {
  const service = await startTestServer()
  onTestFinished(() => service.close())
  const tokens: string[] = []
  const written: LogEntry[] = []
  const log = await runWorkload({
    url: service.url,
    tokenFor: async ({ id, name }) => {
      const token = await service.mintToken(id, { name })
      tokens.push(token)
      return token
    },
    serverToken: () => service.mintServerToken(),
    seconds: 6,
    operationsPerSecond: 8,
    onEntry: (entry) => written.push(entry),
  })

  expect(written).toEqual(log)
  expect(log[0]).toMatchObject({ type: 'header', at: expect.any(Number), url: service.url })
  expect(log.at(-1)?.type).toBe('end')
  const begun = log.filter((entry) => entry.type === 'invoke')
  expect(KINDS.filter((kind) => !begun.some((entry) => entry.kind === kind))).toEqual([])
  const ended = log.filter(({ type }) => type === 'ok' || type === 'fail' || type === 'unknown')
  expect(ended).toHaveLength(begun.length)
  expect(judge(log)).toEqual([])
  const text = log.map(formatEntry).join('')
  expect(parseLog(text)).toEqual(log)
  expect(tokens.filter((token) => text.includes(token))).toEqual([])
})

test('a run whose tokens are refused, or whose service isn’t there, says why', async () => {
  const service = await startTestServer()
  onTestFinished(() => service.close())
  const options = { url: service.url, tokenFor: () => service.mintToken('ann'), serverToken: () => 'none', seconds: 1 }
  await expect(runWorkload(options)).rejects.toMatchObject({ code: 'token_malformed' })
  const url = 'http://127.0.0.1:9'
  await expect(runWorkload({ ...options, url })).rejects.toMatchObject({ code: 'connection_failed' })
  await expect(runWorkload({ url, tokenFor: () => '' })).rejects.toThrow('name public rooms')
})
