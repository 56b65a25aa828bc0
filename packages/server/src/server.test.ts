import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import type { DownItem, MessageListResult, Snapshot } from '@parlor/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createChatServer } from './index.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './testing/index.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('the service', () => {
  it('takes a message from one person to another, and both see the same', async () => {
    const chat = await start()
    const [ada, bob] = [await connect(chat, 'ada'), await connect(chat, 'bob')]
    await ada.call('room.open', { roomId: 'general' })
    await bob.call('room.open', { roomId: 'general' })
    const id = crypto.randomUUID()
    const sent = await ada.call('message.send', { roomId: 'general', id, text: 'hello' })
    expect(sent).toMatchObject({ ok: { id, seq: 3 } })
    for (const person of [ada, bob]) {
      const event = await person.next('message.created')
      expect(event).toMatchObject({ roomId: 'general', seq: 3, message: { id, text: 'hello', user: { id: 'ada' } } })
    }
    expect(bob.types()).toEqual(['room.created', 'member.joined', 'message.created'])
  })

  it('closes a revoked sign-in within a second, and takes no token of it again', async () => {
    const chat = await start()
    const ada = await connect(chat, 'ada', { sid: 's1' })
    const phone = await connect(chat, 'ada', { sid: 's2' })
    const startedAt = performance.now()
    const response = await fetch(`${chat.url}/v1/sessions/revoke`, await post(chat, { sid: 's1' }))
    expect(response.status).toBe(200)
    expect(await ada.closed).toEqual([4403, 'session_revoked'])
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    expect(await phone.call('ping', {})).toMatchObject({ ok: {} })
    const again = await connect(chat, 'ada', { sid: 's1' })
    expect(await again.closed).toEqual([4403, 'session_revoked'])
  })

  it('writes no token and no message into its log, at any level', async () => {
    const lines: string[] = []
    const chat = await start({ log: { write: (line) => void lines.push(line) } })
    const token = await chat.mintToken('ada')
    const ada = await connect(chat, 'ada')
    await ada.call('message.send', { roomId: 'general', id: crypto.randomUUID(), text: 'between-us' })
    await fetch(`${chat.url}/v1/rooms`, { headers: { authorization: `Bearer ${token}x` } })
    await fetch(`${chat.url}/nowhere?token=${token}`)
    ada.socket.send('{"between-us":')
    await ada.next('error')
    const log = lines.join('')
    expect(log).toContain('sign-in refused')
    for (const secret of [token, ada.token, 'between-us', chat.secret]) expect(log).not.toContain(secret)
  })

  it('says that it is alive, ready, and what it did', async () => {
    const chat = await start()
    const ada = await connect(chat, 'ada')
    await ada.call('ping', {})
    expect(await text(`${chat.url}/healthz`)).toEqual([200, 'ok'])
    expect(await text(`${chat.url}/readyz`)).toEqual([200, 'ready'])
    const [, metrics] = await text(`${chat.url}/metrics`)
    expect(metrics).toContain('parlor_connections 1')
    expect(metrics).toContain('parlor_commands_total{command="ping",outcome="ok"} 1')
    expect(metrics).toContain('parlor_sign_ins_total{outcome="chat"} 1')
  })

  it('[G11] ends also while somebody asks again and again on one HTTP connection, as balancers do', async () => {
    const chat = await start()
    const socket = connectTcp(chat.port, '127.0.0.1')
    cleanups.push(() => socket.destroy())
    // How it is ended doesn't matter.
    socket.on('error', () => {})
    const gone = new Promise((resolve) => socket.once('close', resolve))
    // One request and half of the next one, so that the connection is busy when the service closes.
    socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\n')
    await once(socket, 'data')
    const closing = chat.server.close()
    socket.on('data', () => socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'))
    socket.write('Host: x\r\n\r\n')
    await Promise.all([closing, gone])
  })

  it('lets everybody go in order: draining, 1012, and nobody new', async () => {
    const chat = await start()
    const people = await Promise.all(['a', 'b', 'c'].map((id) => connect(chat, id)))
    const closing = chat.server.close({ drainMs: 100 })
    for (const person of people) {
      expect(await person.next('connection.draining')).toMatchObject({ reconnectAfterMs: expect.any(Number) })
      expect(await person.closed).toEqual([1012, 'draining'])
    }
    await closing
    await expect(fetch(`${chat.url}/healthz`)).rejects.toThrow()
  })

  it('stands on an HTTP server of somebody else, beside their own routes', async () => {
    const chat = await createChatServer({
      env: { AUTH_SECRET: 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga' },
      config: { databaseUrl: 'memory:', logLevel: 'silent' },
    })
    const server = createServer((request, response) => {
      if (request.url === '/mine') response.end('mine')
      else chat.app(request, response)
    })
    chat.attach(server)
    const url = await listen(server)
    cleanups.push(() => server.close())
    expect(await text(`${url}/mine`)).toEqual([200, 'mine'])
    expect(await text(`${url}/healthz`)).toEqual([200, 'ok'])
    const socket = new WebSocket(`${url}/v1/ws`, 'parlor.v1')
    await new Promise((resolve) => socket.once('open', resolve))
    const gone = new Promise((resolve) => socket.once('close', resolve))
    await chat.close()
    await gone
  })
})

describe('the HTTP API', () => {
  it('makes a private room for its people only, and sends into it', async () => {
    const chat = await start()
    const room = `${chat.url}/v1/rooms/team`
    const members = [{ id: 'ada', name: 'Ada', role: 'owner' }, { id: 'bob' }]
    const made = await fetch(room, await post(chat, { kind: 'private', name: 'Team', members }, 'PUT'))
    expect(await made.json()).toMatchObject({ room: { id: 'team', kind: 'private', memberCount: 2 }, head: 3 })
    const id = crypto.randomUUID()
    const body = { id, user: { id: 'ada', name: 'Ada' }, text: 'from the server' }
    const sends = [
      await fetch(`${room}/messages`, await post(chat, body)),
      await fetch(`${room}/messages`, await post(chat, body)),
    ]
    for (const sent of sends) expect(await sent.json()).toEqual({ id, seq: 4 })
    const snapshot = await get(chat, 'bob', '/v1/rooms/team/snapshot?limit=10')
    const read = (await snapshot.json()) as Snapshot
    expect(read).toMatchObject({
      roomId: 'team',
      head: 4,
      user: { id: 'bob' },
      messages: [{ text: 'from the server' }],
    })
    for (const path of ['team', 'nowhere']) {
      const refused = await get(chat, 'eve', `/v1/rooms/${path}/snapshot`)
      expect([refused.status, await refused.json()]).toMatchObject([404, { error: { code: 'room_not_found' } }])
    }
    const removed = await fetch(`${room}/members/bob`, await post(chat, undefined, 'DELETE'))
    expect(removed.status).toBe(200)
    expect((await get(chat, 'bob', '/v1/rooms/team/snapshot')).status).toBe(403)
  })

  it.each([
    ['no token', undefined],
    ['garbage', 'Bearer %E0%A4'],
    ['another scheme', 'Basic abc'],
  ])('answers 401 to %s', async (_what, authorization) => {
    const chat = await start()
    const headers = authorization ? { authorization } : {}
    const read = await fetch(`${chat.url}/v1/rooms`, { headers })
    expect([read.status, Object.keys((await read.json()) as object)]).toEqual([401, ['error']])
    const write = await fetch(`${chat.url}/v1/rooms/x`, { method: 'PUT', headers })
    expect(write.status).toBe(401)
  })

  it('takes no chat token for the app’s server, and no server token for a person', async () => {
    const chat = await start()
    const asServer = await fetch(`${chat.url}/v1/rooms/x`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${await chat.mintToken('ada')}` },
    })
    expect([asServer.status, await asServer.json()]).toMatchObject([401, { error: { code: 'wrong_audience' } }])
    const asPerson = await fetch(`${chat.url}/v1/rooms`, {
      headers: { authorization: `Bearer ${await chat.mintServerToken()}` },
    })
    expect([asPerson.status, await asPerson.json()]).toMatchObject([401, { error: { code: 'wrong_audience' } }])
  })

  it('names the field that is wrong, and shows no stack', async () => {
    const chat = await start()
    const wrong = await fetch(`${chat.url}/v1/rooms/x`, await post(chat, { kind: 'secret' }, 'PUT'))
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { code: 'invalid', field: 'kind' } }])
    const init = await post(chat, {}, 'PUT')
    const broken = await fetch(`${chat.url}/v1/rooms/x`, { ...init, body: '{"kind":' })
    const answer = await broken.text()
    expect([broken.status, answer]).toEqual([400, expect.not.stringContaining('    at ')])
    const malformed = await fetch(`${chat.url}/v1/rooms/%E0%A4`, init)
    expect(malformed.status).toBe(400)
  })

  it('tells any page why it can’t connect', async () => {
    const chat = await start({ env: { ALLOWED_ORIGINS: 'https://app.example.com' } })
    const ask = (origin: string) => fetch(`${chat.url}/v1/check`, { headers: { origin } }).then((r) => r.json())
    expect(await ask('https://app.example.com')).toMatchObject({ ok: true, protocols: ['parlor.v1'] })
    expect(await ask('https://evil.example.com')).toMatchObject({
      ok: false,
      code: 'origin_refused',
      hint: expect.stringContaining('https://evil.example.com'),
    })
  })
})

describe('history by HTTP and by socket', () => {
  it('is the same rows', async () => {
    const chat = await start()
    const ada = await connect(chat, 'ada')
    for (const word of ['one', 'two', 'three']) {
      await ada.call('message.send', { roomId: 'general', id: crypto.randomUUID(), text: word })
    }
    const reply = (await ada.call('message.list', { roomId: 'general' })) as { ok: MessageListResult }
    const snapshot = (await (await get(chat, 'ada', '/v1/rooms/general/snapshot')).json()) as Snapshot
    expect(snapshot.messages).toEqual(reply.ok.messages)
    expect(snapshot.messages.map((message) => message.text)).toEqual(['one', 'two', 'three'])
  })
})

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const chat = await startTestServer(options)
  cleanups.push(() => chat.close())
  return chat
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function text(url: string): Promise<[number, string]> {
  const response = await fetch(url)
  return [response.status, await response.text()]
}

async function get(chat: TestServer, userId: string, path: string): Promise<Response> {
  return fetch(chat.url + path, { headers: { authorization: `Bearer ${await chat.mintToken(userId)}` } })
}

async function post(chat: TestServer, body: unknown, method = 'POST'): Promise<RequestInit> {
  const authorization = `Bearer ${await chat.mintServerToken()}`
  const headers = { authorization, 'content-type': 'application/json' }
  return { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
}

/** Somebody with a raw socket who has said hello. */
async function connect(chat: TestServer, userId: string, claims: Record<string, string> = {}) {
  const token = await chat.mintToken(userId, claims)
  const socket = new WebSocket(`ws://127.0.0.1:${chat.port}/v1/ws`, 'parlor.v1')
  cleanups.push(() => socket.terminate())
  const items: DownItem[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    items.push(...(JSON.parse(String(data)) as DownItem[]))
    for (const wake of waiting) wake()
  })
  const closed = new Promise<[number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, reason.toString()])),
  )
  async function find<T extends DownItem>(match: (item: DownItem) => item is T): Promise<T> {
    for (;;) {
      const found = items.find(match)
      if (found) return found
      await new Promise<void>((resolve) => waiting.add(resolve))
    }
  }
  let refs = 0
  async function call(type: string, fields: object) {
    const ref = ++refs
    socket.send(JSON.stringify({ type, ref, ...fields }))
    return find((item): item is DownItem & { ref: number } => 'ref' in item && item.ref === ref)
  }
  await new Promise((resolve) => socket.once('open', resolve))
  await call('hello', { token })
  return {
    token,
    socket,
    closed,
    call,
    next: (type: string) => find((item): item is DownItem => 'type' in item && item.type === type),
    types: () => items.flatMap((item) => ('type' in item ? [item.type] : [])),
  }
}
