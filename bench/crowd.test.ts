import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { Crowd, type LoadResult } from './crowd.ts'
import type { PeerName } from './dialect.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

describe('the generator’s crowd', () => {
  it('sees every message of an honest server at every connection, once and in order', async () => {
    const result = await measure((text) => [text])
    expect(result).toMatchObject({ sent: 30, missing: 0, skipped: 0, repeated: 0, problemCount: 0 })
    expect(result.sentInWindow).toBeGreaterThan(0)
    expect(result.deliveries).toBeGreaterThan(0)
    expect(result.p50).toBeGreaterThan(0)
  })

  it('sees that a message was left out', async () => {
    expect(await measure((text, index) => (index === 7 ? [] : [text]))).toMatchObject({ skipped: 3, repeated: 0 })
  })

  it('sees that the last message never came', async () => {
    expect(await measure((text, index) => (index === 29 ? [] : [text]))).toMatchObject({ missing: 3, skipped: 0 })
  })

  it('sees that a message came twice', async () => {
    expect(await measure((text, index) => (index === 7 ? [text, text] : [text]))).toMatchObject({
      missing: 0,
      skipped: 0,
      repeated: 3,
    })
  })

  it('sees that two messages changed places', async () => {
    let kept: string[] = []
    const swap = (text: string, index: number) => {
      if (index === 6) {
        kept = [text]
        return []
      }
      const swapped = [text, ...kept]
      kept = []
      return swapped
    }
    expect(await measure(swap)).toMatchObject({ skipped: 3, repeated: 3 })
  })

  it('sees that a connection was cut', async () => {
    const result = await measure((text, index, sockets) => {
      if (index === 29) sockets[0]?.terminate()
      return [text]
    })
    expect(result.problemCount).toBe(1)
    expect(result.problems[0]).toContain('closed')
  })

  it('sees that a message was delivered and not answered, answered twice, or before its turn', async () => {
    const honest = await measureAnswers((ref) => [ref])
    expect(honest).toMatchObject({ acks: expect.any(Number), missing: 0, unanswered: 0, problemCount: 0 })
    expect(honest.acks).toBeGreaterThan(0)
    const last = await measureAnswers((ref) => (ref === 30 ? [] : [ref]))
    expect(last).toMatchObject({ missing: 0, unanswered: 1, problemCount: 0 })
    const outOfTurn = { problems: [expect.stringContaining('not the next one')] }
    expect(await measureAnswers((ref) => (ref === 7 ? [7, 7] : [ref]))).toMatchObject(outOfTurn)
    expect(await measureAnswers((ref) => (ref === 7 ? [] : ref === 8 ? [8, 7] : [ref]))).toMatchObject(outOfTurn)
  })

  it('doesn’t take a server for joined that refuses the upgrade', async () => {
    const { crowd } = await start((text) => [text], false)
    await expect(crowd.join()).rejects.toThrow('no upgrade: HTTP/1.1 401')
  })
})

/** Three connections in one room, of which the first sends 30 messages; the server hands on what `act` makes of each. */
async function measure(act: Act): Promise<LoadResult> {
  const { crowd } = await start(act)
  await crowd.join()
  return crowd.run({ rate: 300, warmMs: 10, measureMs: 90 })
}

/** The same against a server that speaks as Parlor does, hands on every message, and answers with these refs. */
async function measureAnswers(answer: (ref: number) => number[]): Promise<LoadResult> {
  const sockets: WebSocket[] = []
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('message', (data) => {
      const { type, ref, text } = JSON.parse(data.toString()) as { type: string; ref: number; text: string }
      if (type === 'hello') return socket.send('[{"ref":0,"ok":{}},{"type":"room.opened"}]')
      for (const one of answer(ref)) socket.send(`[{"ref":${one},"ok":{}}]`)
      for (const member of sockets) member.send(`[{"text":"${text}"}]`)
    })
  })
  const crowd = await startCrowd(server, 'parlor')
  await crowd.join()
  return crowd.run({ rate: 300, warmMs: 10, measureMs: 90 })
}

async function start(act: Act, isOpen = true): Promise<{ crowd: Crowd }> {
  const sockets: WebSocket[] = []
  let index = 0
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient: () => isOpen })
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('message', (data) => {
      for (const text of act(data.toString(), index++, sockets)) for (const member of sockets) member.send(text)
    })
    socket.send('joined')
  })
  return { crowd: await startCrowd(server, 'ws loop') }
}

async function startCrowd(server: WebSocketServer, peer: PeerName): Promise<Crowd> {
  await once(server, 'listening')
  const crowd = new Crowd({
    peer,
    ports: [(server.address() as AddressInfo).port],
    serverPids: [process.pid],
    secret: '',
    rooms: 1,
    members: 3,
    sendersPerRoom: 1,
    concurrency: 2,
  })
  cleanups.push(() => server.close())
  cleanups.push(() => crowd.close())
  return crowd
}

type Act = (text: string, index: number, sockets: readonly WebSocket[]) => string[]
