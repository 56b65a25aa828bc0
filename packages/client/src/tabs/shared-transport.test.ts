import { SUBPROTOCOL } from '@parlor/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChatClient } from '../chat-client.ts'
import { createFakeChannels } from '../testing/fake-channels.ts'
import { createFakeClock, settle } from '../testing/fake-clock.ts'
import { createFakeLocks } from '../testing/fake-locks.ts'
import { createFakeNetwork } from '../testing/fake-network.ts'
import { ADA, welcome } from '../testing/rows.ts'
import type { Transport } from '../transport.ts'
import { ANSWER_MS, createSharedTransport, type Surroundings } from './shared-transport.ts'
import { linkNameOf } from './tab-messages.ts'

const URL = 'wss://chat.test/v1/ws'

test('[CONN-1] tabs of one person open one socket, and it opens for all of them', async () => {
  const { network, open, clock } = createBrowser()
  const [one, other] = [open(), open()]
  await settle()
  expect(network.sockets.map(({ url, subprotocol }) => [url, subprotocol])).toEqual([[URL, SUBPROTOCOL]])
  expect([one.log, other.log]).toEqual([[], []])
  network.socket.accept()
  await other.until('opened')
  other.socket.send('{"type":"hello","ref":4,"token":"x"}')
  await clock.advance(1)
  expect(network.socket.sent).toEqual([{ type: 'hello', ref: 1, token: 'x' }])
  network.socket.say({ ref: 1, ok: welcome() })
  await clock.advance(1)
  expect(other.log).toEqual(['opened', JSON.stringify([{ ref: 4, ok: welcome() }])])
  expect(one.log).toEqual(['opened'])
})

test('tabs of different people, of different sign-ins, and of different services never share', async () => {
  const { network, open } = createBrowser()
  const whos = ['["ada"]', '["bob"]', '["ada","s1"]', '["ada","s2"]']
  for (const who of whos) open({ who })
  open({ url: 'wss://other.test/v1/ws' })
  await settle()
  expect(network.sockets).toHaveLength(5)
})

test('a socket of nobody in particular is its own, and so is one without locks or channels', async () => {
  const { network, open } = createBrowser()
  open()
  open({ who: undefined })
  open({ lacks: ['locks'] })
  open({ lacks: ['channels'] })
  await settle()
  expect(network.sockets).toHaveLength(4)
})

test('where the browser refuses channels, each tab has a socket of its own', async () => {
  const { network, open } = createBrowser()
  const channels = {
    open() {
      throw new Error('SecurityError')
    },
  }
  const tabs = [open({ channels }), open({ channels })]
  for (const socket of network.sockets) socket.accept()
  expect(tabs.map(({ log }) => log)).toEqual([['opened'], ['opened']])
})

test('where the browser refuses locks, each tab has a socket of its own', async () => {
  const { network, open } = createBrowser()
  const refuse = () => Promise.reject(new Error('SecurityError'))
  const tabs = [0, 1].map(() => open({ locks: { request: refuse, tryRequest: refuse } }))
  await settle()
  expect(network.sockets).toHaveLength(2)
  for (const socket of network.sockets) socket.accept()
  expect(tabs.map(({ log }) => log)).toEqual([['opened'], ['opened']])
  for (const { socket } of tabs) socket.close(1000, '')
  expect(network.sockets.map(({ closedWith }) => closedWith)).toEqual([1000, 1000])
})

test('what another script of the origin says on the channels changes nothing, and breaks nothing', async () => {
  const { network, open, channels, clock } = createBrowser()
  const [one, other] = await openBoth(network, open)
  const stranger = channels.openPage().channels
  // Sampled, not asserted in the property: the tabs are the same for all of it.
  const garbage = [
    ...fc.sample(fc.jsonValue(), 200),
    ...fc.sample(fc.jsonValue(), 100).map((text) => ({ kind: 'frame', text: JSON.stringify(text) })),
    ...[undefined, { kind: 'frame' }, { kind: 'frame', text: '{' }, { kind: 'joins' }, { kind: 'closed', code: '1' }],
    { kind: 'frame', text: '{"ref":1,"type":"hello","rooms":7}' },
    { kind: 'frame', text: '{"ref":1,"type":"hello","rooms":[null]}' },
    { kind: 'frame', text: '{"ref":1,"type":"room.open"}' },
  ]
  for (const name of [one.scope, linkNameOf(other.scope, 'page-2-1')]) {
    const channel = stranger.open(name, () => {})
    for (const message of garbage) channel.post(message)
    await clock.advance(1)
    channel.close()
  }
  expect(channels.count(linkNameOf(other.scope, 'page-2-1'))).toBe(2)
  expect(network.sockets).toHaveLength(1)
  const before = network.socket.sent.length
  other.socket.send('{"type":"ping","ref":1}')
  await clock.advance(1)
  expect(network.socket.sent.slice(before)).toEqual([{ type: 'ping', ref: expect.any(Number) }])
})

test('[CONN-9] the leader closes: its followers come back at once, and the next one leads', async () => {
  const { network, open, locks, channels } = createBrowser()
  const [one, other] = await openBoth(network, open)
  one.socket.close(1000, '')
  await settle()
  expect(network.sockets[0]?.closedWith).toBe(1000)
  await other.until('closed 1001')
  expect(other.log.slice(-2)).toEqual(['[{"type":"connection.draining","reconnectAfterMs":0}]', 'closed 1001'])
  const again = open({ page: other.page })
  await settle()
  expect(network.sockets).toHaveLength(2)
  again.socket.close(1000, '')
  await settle()
  // What a page holds keeps it out of the back/forward cache.
  expect([locks.isHeld(again.scope), channels.count(again.scope)]).toEqual([false, 0])
})

test('[G4] the leader is killed: its followers learn it from the lock, and the next one leads', async () => {
  const { network, open } = createBrowser()
  const [one, other] = await openBoth(network, open)
  const third = open()
  await third.until('opened')
  one.kill()
  await Promise.all([other, third].map((tab) => tab.until('closed 1001')))
  const [next, last] = [open({ page: third.page }), open({ page: other.page })]
  await settle()
  expect(network.sockets).toHaveLength(2)
  network.socket.accept()
  await Promise.all([next, last].map((tab) => tab.until('opened')))
  expect(network.sockets).toHaveLength(2)
})

test('[CLOSE-1] the connection ends with a code: every tab ends with that code, and the lock is free for the next', async () => {
  const { network, open } = createBrowser()
  const [one, other] = await openBoth(network, open)
  network.socket.end(4403, 'session_revoked')
  await other.until('closed 4403')
  expect(one.log.at(-1)).toBe('closed 4403')
  open({ page: other.page })
  await settle()
  expect(network.sockets).toHaveLength(2)
})

test('[HTTP-1] a refused upgrade ends every tab without having been open', async () => {
  const { network, open, clock } = createBrowser()
  const [one, other] = [open(), open()]
  await clock.advance(1)
  network.socket.end(1006)
  await other.until('closed 1006')
  expect([one.log, other.log]).toEqual([['closed 1006'], ['closed 1006']])
})

test('a follower that is gone, with or without a word, is dropped by its leader', async () => {
  const { network, open, channels, clock } = createBrowser()
  const one = open()
  await settle()
  network.socket.accept()
  one.socket.send('{"type":"hello","ref":1}')
  network.socket.say({ ref: 1, ok: welcome() })
  const tabs = [open(), open()]
  for (const [at, tab] of tabs.entries()) {
    await tab.until('opened')
    tab.socket.send('{"type":"hello","ref":1}')
    tab.socket.send(`{"type":"room.open","ref":2,"roomId":"room-${at}"}`)
    await clock.advance(1)
    const error = { code: 'room_not_found', message: '', retryable: false } as const
    if (at === 0) network.socket.say({ ref: network.socket.last('room.open').ref, error })
  }
  tabs[0]?.kill()
  tabs[1]?.socket.close(1000, '')
  await clock.advance(1)
  expect(channels.count(one.scope)).toBe(1)
  // The answer to the one that closed is nobody's; what it opened is closed.
  network.socket.say({
    ref: network.socket.last('room.open').ref,
    ok: { roomId: 'room-1', epoch: '', head: 0, me: null },
  })
  expect(network.socket.all('room.close').map(({ roomId }) => roomId)).toEqual(['room-1'])
})

test('a leader that stands still: after 2 s a tab has a socket of its own, and the leader forgets it', async () => {
  const { network, open, clock } = createBrowser()
  const one = open()
  await settle()
  network.socket.accept()
  const thaw = one.freeze()
  const other = open()
  await clock.advance(ANSWER_MS - 1)
  expect(network.sockets).toHaveLength(1)
  await clock.advance(1)
  expect(network.sockets).toHaveLength(2)
  network.socket.accept()
  expect(other.log).toEqual(['opened'])
  thaw()
  await clock.advance(10)
  expect(other.log).toEqual(['opened'])
  other.socket.send('{"type":"ping","ref":1}')
  expect(network.sockets.map(({ sent }) => sent.length)).toEqual([0, 1])
  // Their ways have parted.
  one.socket.close(1000, '')
  await settle()
  expect(other.log).toEqual(['opened'])
})

test('a tab that asks while another one is about to lead is counted in once that one leads', async () => {
  const { network, open, clock } = createBrowser(() => 5)
  const [one, other] = [open(), open()]
  // The first one is gone before it is heard, whatever it had begun.
  one.socket.close(1000, '')
  const third = open()
  await clock.advance(50)
  expect(network.sockets.filter(({ closedWith }) => closedWith === undefined)).toHaveLength(1)
  network.socket.accept()
  await clock.advance(50)
  expect([other.log, third.log]).toEqual([['opened'], ['opened']])
})

test('a tab that closes while it asks leaves nothing behind', async () => {
  const { network, open, locks, channels, clock } = createBrowser(() => 5)
  const one = open()
  await clock.advance(50)
  const other = open()
  other.socket.close(1000, '')
  await clock.advance(5_000)
  expect(other.log).toEqual(['closed 1000'])
  expect([network.sockets.length, channels.count(one.scope)]).toEqual([1, 1])
  one.socket.close(1000, '')
  await clock.advance(10)
  expect([locks.isHeld(one.scope), channels.count(one.scope), clock.waiting]).toEqual([false, 0, 0])
})

test('an address that the page may not open is reported by the next try, from inside', async () => {
  const { open } = createBrowser()
  const transport: Transport = {
    open() {
      throw new Error('insecure')
    },
  }
  const first = open({ transport })
  await settle()
  expect(first.log).toEqual(['closed 1006'])
  expect(() => open({ page: first.page })).toThrow('insecure')
})

test('clients share unless they are told not to', async () => {
  const browser = createBrowser()
  const connect = (shareConnection?: boolean): void => {
    const { locks, channels, newId } = browser.openPage()
    createChatClient({
      url: 'https://chat.test',
      userId: ADA.id,
      getToken: () => 'token',
      ...(shareConnection !== undefined && { shareConnection }),
      runtime: { clock: browser.clock, transport: browser.network, locks, channels, newId },
    }).connect()
  }
  connect()
  connect()
  await settle()
  expect(browser.network.sockets).toHaveLength(1)
  connect(false)
  await settle()
  expect(browser.network.sockets).toHaveLength(2)
})

function createBrowser(lag: () => number = () => 0) {
  const clock = createFakeClock()
  const locks = createFakeLocks()
  const channels = createFakeChannels(clock, lag)
  const network = createFakeNetwork()
  let pages = 0
  const openPage = () => {
    pages += 1
    const name = `page-${pages}`
    const [locksOfPage, channelsOfPage] = [locks.openPage(), channels.openPage()]
    let ids = 0
    const newId = (): string => {
      ids += 1
      return `${name}-${ids}`
    }
    return {
      newId,
      locks: locksOfPage.locks,
      channels: channelsOfPage.channels,
      freeze: channelsOfPage.freeze,
      kill() {
        channelsOfPage.die()
        locksOfPage.die()
      },
      transport: undefined as Transport | undefined,
    }
  }
  const open = (options: OpenOptions = {}) => {
    const { url = URL, lacks = [] } = options
    const who = 'who' in options ? options.who : '["ada"]'
    const page = options.page ?? openPage()
    const surroundings = {
      clock,
      newId: page.newId,
      locks: lacks.includes('locks') ? null : (options.locks ?? page.locks),
      channels: lacks.includes('channels') ? null : (options.channels ?? page.channels),
    }
    page.transport ??= createSharedTransport(surroundings, options.transport ?? network)
    const log: string[] = []
    const socket = page.transport.open(
      url,
      SUBPROTOCOL,
      {
        opened: () => void log.push('opened'),
        message: (text) => void log.push(text),
        closed: (code) => void log.push(`closed ${code}`),
      },
      who,
    )
    return {
      page,
      socket,
      log,
      scope: `parlor relay 1 ${who} ${url}`,
      kill: page.kill,
      freeze: page.freeze,
      async until(entry: string): Promise<void> {
        for (let left = 20; left > 0 && !log.includes(entry); left--) await clock.advance(1)
        expect(log).toContain(entry)
      },
    }
  }
  return { clock, locks, channels, network, openPage, open }
}

async function openBoth(network: Browser['network'], open: Browser['open']) {
  const [one, other] = [open(), open()]
  await settle()
  network.socket.accept()
  await other.until('opened')
  return [one, other] as const
}

// --- types ---

type Browser = ReturnType<typeof createBrowser>

interface OpenOptions {
  page?: ReturnType<Browser['openPage']>
  who?: string | undefined
  url?: string
  locks?: Surroundings['locks']
  channels?: Surroundings['channels']
  transport?: Transport
  lacks?: ('locks' | 'channels')[]
}
