import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { type Service, startService } from './harness.ts'
import type { Item, Peer } from './peer.ts'
import { SECRET } from './tokens.ts'

const document = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
const samples = [...document.matchAll(/^```wire\n(.*?)^```$/gms)].map((match) => match[1]?.trim() ?? '')

test('the document has samples', () => {
  expect(samples.length).toBeGreaterThanOrEqual(5)
})

test.each(samples.map((sample, i) => [i + 1, sample] as const))(
  '[FRAME-2] sample %i happens as the document says',
  async (_, sample) => {
    const service = await startService()
    const players = new Map<string, Player>()
    for (const line of sample.split('\n')) {
      const [, name = '', what, content = ''] = /^(\w+) (>|<|closed) (.*)$/.exec(line) ?? []
      const player = players.get(name) ?? { name, peer: await service.connect(), expected: [] }
      players.set(name, player)
      if (what === '>') {
        await meet(player)
        player.peer.sendText(await fill(service, name, content))
      } else if (what === '<') player.expected.push(JSON.parse(content))
      else if (what === 'closed') {
        await meet(player)
        expect(await player.peer.closed).toMatchObject({ code: Number(content) })
      } else throw new Error(`no line of a sample: ${line}`)
    }
    for (const player of players.values()) {
      await meet(player)
      expect(player.peer.items).toHaveLength(0)
    }
  },
)

test('[AUTH-1] the command of the document mints a token that signs in', async () => {
  const [, script = ''] = /^```sh mint\n(.*?)^```$/ms.exec(document) ?? []
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env: { ...process.env, AUTH_SECRET: SECRET } })
  const service = await startService()
  const peer = await service.connect()
  expect((await peer.hello(stdout.trim())).user).toEqual({ id: 'ann', name: 'Ann', picture: null })
})

/** Waits for everything that the sample says has come by now, in whatever order. */
async function meet({ peer, expected }: Player): Promise<void> {
  for (const item of expected.splice(0)) {
    const same = (got: Item) =>
      got.ref === item.ref && got.type === item.type && got.seq === item.seq && got.roomId === item.roomId
    const got = await peer.until(() => peer.items.find(same), JSON.stringify(item))
    peer.items.splice(peer.items.indexOf(got), 1)
    expect(plain(got)).toEqual(plain(item))
  }
}

/** A line of the document with a real token and the room's epoch in their places. */
async function fill(service: Service, name: string, line: string): Promise<string> {
  if (!line.startsWith('{')) return line
  const frame = JSON.parse(line)
  if (frame.token === '…') frame.token = service.token(name)
  for (const room of frame.rooms ?? []) {
    const { status, body } = await service.call('GET', `/v1/rooms/${room.roomId}/snapshot`, {
      token: service.token(name),
    })
    if (status === 200) room.epoch = body.epoch
  }
  return JSON.stringify(frame)
}

/** What differs at every run, as its kind. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => {
    if (TIMES.has(key) && typeof inner === 'number' && inner > 0) return 'a time'
    if ((key === 'epoch' && inner !== '') || key === 'connectionId') return `some ${key}`
    return inner
  })
}

const TIMES = new Set(['createdAt', 'joinedAt', 'editedAt', 'deletedAt', 'serverTime', 'expiresAt'])

interface Player {
  name: string
  peer: Peer
  expected: Item[]
}
