/** Two people on the real service behind a network that is cut, blackholed and half gone: what they see afterwards. */
import { type ChatClient, createChatClient, type Room } from '@parlor/client'
import { startTestServer, type TestServer } from '@parlor/server/testing'
import { expect, onTestFinished, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { createRandom, pickSeed } from '../support/random.ts'

const ROUNDS = 30
const PER_ROUND = 6

test('[G3] [G4] [G5] [G14] through cuts of every kind, each message arrives once, in order, and all see the same', {
  timeout: 120_000,
}, async () => {
  const seed = pickSeed()
  console.log(`PARLOR_SEED=${seed}`)
  const random = createRandom(seed)
  const { chat, proxy } = await start()
  const people = ['ann', 'bo'].map((userId) => join(chat, proxy, userId))
  await Promise.all(people.map(({ isLive }) => isLive()))

  const sent: Promise<string>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const { room, name } of people) {
      for (let at = 0; at < PER_ROUND; at++) {
        sent.push(room.send(`${name} ${round * PER_ROUND + at}`).then(({ id }) => id))
      }
      const own = room.getSnapshot().messages.filter(({ user, status }) => user.id === name && status === 'sent')
      const target = own[Math.floor(random() * own.length)]
      if (target) void room.edit(target.id, `${target.text} again`).catch(() => {})
      if (target) void room.react(target.id, '👍').catch(() => {})
    }
    // The break comes when some are stored and others on their way.
    await Promise.any(sent.slice(-2 * PER_ROUND))
    breakSomehow(proxy, Math.floor(random() * 4))
    await Promise.all(people.map(({ isBroken }) => isBroken()))
    proxy.pass()
    for (const { client } of people) client.retry()
    await Promise.all(people.map(({ isLive }) => isLive()))
  }

  const ids = await Promise.all(sent)
  await people[0]?.sees(ids.length)
  await people[1]?.sees(ids.length)
  const [ann, bo] = people.map(({ room }) => room.getSnapshot().messages)
  expect(strip(ann)).toEqual(strip(bo))
  const fresh = join(chat, proxy, 'cy')
  await fresh.isLive()
  while (fresh.room.getSnapshot().hasOlder) await fresh.room.loadOlder()
  expect(strip(fresh.room.getSnapshot().messages)).toEqual(strip(ann))
  expect(ann?.map(({ id }) => id).sort()).toEqual([...ids].sort())
  for (const { name } of people) {
    const order = ann?.filter(({ user }) => user.id === name).map(({ text }) => Number(text.split(' ')[1]))
    expect(order).toEqual(Array.from({ length: ROUNDS * PER_ROUND }, (_, at) => at))
  }
  expect(people.flatMap(({ gaps }) => gaps)).toEqual([])
})

test('[G4] a connection that is half gone is noticed when the page is seen again, and at once replaced', async () => {
  const { chat, proxy } = await start()
  const ann = join(chat, proxy, 'ann')
  const bo = join(chat, proxy, 'bo')
  await Promise.all([ann.isLive(), bo.isLive()])
  proxy.halfOpen('service')
  const sent = bo.room.send('are you there?')
  proxy.pass()
  ann.signal('visible')
  bo.signal('visible')
  await sent
  await ann.sees(1)
  expect(ann.room.getSnapshot().messages).toMatchObject([{ text: 'are you there?', status: 'sent' }])
}, 60_000)

test('[G6] whoever was away for more changes than fit a catch-up gets a reset and is told of the gap', async () => {
  const { chat, proxy } = await start()
  const ann = join(chat, proxy, 'ann')
  await ann.isLive()
  ann.client.disconnect()
  const bo = join(chat, proxy, 'bo')
  const sent = Array.from({ length: 310 }, (_, at) => bo.room.send(`${at}`))
  await Promise.all(sent)
  ann.client.connect()
  await ann.isLive()
  const { messages, hasOlder } = ann.room.getSnapshot()
  expect([messages.length, messages.at(-1)?.text, hasOlder]).toEqual([50, '309', true])
  expect(ann.gaps).toEqual(['behind'])
  while (ann.room.getSnapshot().hasOlder) await ann.room.loadOlder()
  expect(ann.room.getSnapshot().messages.map(({ text }) => Number(text))).toEqual(sent.map((_, at) => at))
}, 60_000)

test('[G8] a token that is nearly over is renewed in band, on the same socket', async () => {
  const { chat, proxy } = await start()
  const tokens: string[] = []
  const { promise: renewed, resolve } = Promise.withResolvers<void>()
  const getToken = async (): Promise<string> => {
    const now = Math.floor(Date.now() / 1000)
    // The first one is over already, except for the tolerance: it is renewed at once.
    const token = await chat.mintToken('ann', tokens.length === 0 ? { iat: now - 20, exp: now - 5 } : {})
    tokens.push(token)
    if (tokens.length === 2) resolve()
    return token
  }
  const ann = join(chat, proxy, 'ann', getToken)
  await renewed
  await ann.room.send('still here')
  expect([ann.client.getSnapshot().status, tokens.length, proxy.connections.length]).toEqual(['live', 2, 1])
}, 60_000)

async function start(): Promise<{ chat: TestServer; proxy: FaultProxy }> {
  const chat = await startTestServer()
  const proxy = await startFaultProxy(chat.port)
  onTestFinished(async () => {
    await proxy.close()
    await chat.close()
  })
  return { chat, proxy }
}

/** Somebody who is in the room from now on. */
function join(chat: TestServer, proxy: FaultProxy, name: string, getToken = () => chat.mintToken(name)): Person {
  const listeners = new Set<(signal: 'visible') => void>()
  const environment = {
    listen(listener: (signal: 'visible') => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const client = createChatClient({ url: proxy.url, getToken, runtime: { environment } })
  onTestFinished(() => client.destroy())
  const room = client.room('general')
  const gaps: string[] = []
  room.onGap(({ reason }) => gaps.push(reason))
  room.open()
  const until = (isTrue: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!isTrue()) return
        stop()
        resolve()
      }
      const stop = room.subscribe(check)
      check()
    })
  const isLive = (): Promise<void> => until(() => room.getSnapshot().status === 'live')
  return {
    ...{ name, client, room, gaps, until, isLive },
    signal: (signal) => {
      for (const listener of listeners) listener(signal)
    },
    isBroken: () => until(() => room.getSnapshot().status !== 'live'),
    sees: (count) =>
      until(() => {
        const { messages, status } = room.getSnapshot()
        const isAtRest = messages.every((message) => message.status === 'sent' && !message.isChanging)
        return status === 'live' && messages.length === count && isAtRest
      }),
  }
}

function breakSomehow(proxy: FaultProxy, kind: number): void {
  if (kind === 0) proxy.drop('reset')
  else if (kind === 1) proxy.drop('end')
  else if (kind === 2) proxy.cut('reset')
  else proxy.cut('end')
}

/** What everybody must see alike. */
function strip(messages: Person['messages']) {
  return messages?.map(({ id, seq, version, text, reactions }) => [id, seq, version, text, reactions.map(userIdsOf)])
}

function userIdsOf({ userIds }: { userIds: readonly string[] }): readonly string[] {
  return userIds
}

interface Person {
  name: string
  client: ChatClient
  room: Room
  gaps: string[]
  /** For the type alone. */
  messages?: ReturnType<Room['getSnapshot']>['messages']
  signal(signal: 'visible'): void
  until(isTrue: () => boolean): Promise<void>
  isLive(): Promise<void>
  isBroken(): Promise<void>
  /** This many messages, all stored, and nothing under way. */
  sees(count: number): Promise<void>
}
