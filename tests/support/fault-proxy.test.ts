/** The proxy of the fault tests is itself tested: a fault that isn't one would prove nothing. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

test('a passing proxy carries both directions whole and in order, and counts the bytes', async () => {
  const { proxy, dial } = await startEcho()
  const client = await dial()
  const text = 'abcdefghij'.repeat(50_000)
  client.socket.write(text)
  await client.until((received) => received.length === text.length)
  expect(client.received === text).toBe(true)
  expect(proxy.connections).toHaveLength(1)
  expect(proxy.connections[0]).toMatchObject({ bytesUp: text.length, bytesDown: text.length, isOpen: true })
})

test('the end of one side reaches the other after everything that was sent', async () => {
  const { dial, accepted } = await startEcho()
  const client = await dial()
  client.socket.end('last words')
  await client.until((received) => received === 'last words')
  await client.closed
  expect(accepted[0]?.socket.readableEnded).toBe(true)
})

test.each(['reset', 'end'] as const)(
  'cut(%s) ends what is open and what comes, until the network passes',
  async (how) => {
    const { proxy, dial, accepted } = await startEcho()
    const client = await dial()
    await client.say('before')
    proxy.cut(how)
    expect(await client.closed).toBe(how === 'reset' ? 'ECONNRESET' : 'end')
    await accepted[0]?.gone

    const refused = await dial()
    expect(['ECONNRESET', 'end', 'EPIPE']).toContain(await refused.closed)
    expect(proxy.open).toEqual([])
    expect(accepted).toHaveLength(1)

    proxy.pass()
    await (await dial()).say('after')
  },
)

test('drop() ends what is open and lets new connections pass', async () => {
  const { proxy, dial } = await startEcho()
  const client = await dial()
  await client.say('before')
  proxy.drop()
  expect(await client.closed).toBe('ECONNRESET')
  await (await dial()).say('after')
})

test('tear() ends what is open in the middle of what it carries, and lets new connections pass', async () => {
  const { proxy, dial, accepted } = await startEcho()
  const client = await dial()
  await client.say('before')
  proxy.tear('down', 3)
  client.socket.write('abcdef')
  expect(await client.closed).toBe('end')
  expect(client.received).toBe('beforeabc')
  expect(proxy.connections.map(({ isTorn }) => isTorn)).toEqual([true])
  await accepted[0]?.gone

  const next = await dial()
  proxy.tear('up', 3)
  next.socket.write('abc')
  await next.until((received) => received === 'abc')
  next.socket.write('d')
  expect(await next.closed).toBe('end')
  expect(next.received).toBe('abc')
  await (await dial()).say('after')
})

test('a black hole accepts and holds everything back; passing again delivers it', async () => {
  const { proxy, dial, accepted } = await startEcho()
  const before = await dial()
  await before.say('one')
  proxy.blackhole()
  before.socket.write('two')
  const during = await dial()
  during.socket.write('three')

  // Another proxy's round trip proves that time has passed and nothing came through here.
  const other = await startEcho()
  await (await other.dial()).say('a healthy network meanwhile')
  expect(before.received).toBe('one')
  expect(during.received).toBe('')
  expect(accepted).toHaveLength(1)
  expect(proxy.open).toHaveLength(2)

  proxy.pass()
  await before.until((received) => received === 'onetwo')
  await during.until((received) => received === 'three')
})

test('a side that hangs up in a black hole is not told on until the network passes', async () => {
  const { proxy, dial, accepted } = await startEcho()
  const client = await dial()
  await client.say('hello')
  proxy.blackhole()
  client.socket.resetAndDestroy()
  const other = await dial()
  expect(other.socket.destroyed).toBe(false)
  expect(accepted[0]?.socket.destroyed).toBe(false)
  proxy.pass()
  await accepted[0]?.gone
})

test('half open: the service forgets the connection, and the client learns it only when it speaks after healing', async () => {
  const { proxy, dial, accepted } = await startEcho()
  const client = await dial()
  await client.say('hello')
  proxy.halfOpen('service')
  await accepted[0]?.gone
  client.socket.write('anybody there?')
  const other = await dial()
  expect(other.socket.destroyed).toBe(false)
  expect(client.socket.destroyed).toBe(false)
  proxy.pass()
  expect(await client.closed).toBe('ECONNRESET')
})

test('latency delays, and keeps the order', async () => {
  const { proxy, dial } = await startEcho()
  const client = await dial()
  await client.say('x')
  proxy.slow({ latencyMs: 60 })
  const startedAt = Date.now()
  for (const word of ['1', '2', '3']) client.socket.write(word)
  await client.until((received) => received === 'x123')
  // Twice the latency at least: there and back.
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(115)
})

test('what was on its way when the client went arrives all the same, late, and after what its next connection sends', async () => {
  const { proxy, dial, accepted } = await startEcho()
  const client = await dial()
  await client.say('x')
  const heard: string[] = []
  accepted[0]?.socket.on('data', (data: Buffer) => heard.push(`old ${data}`))
  proxy.slow({ latencyMs: 300 })
  client.socket.write('late')
  await expect.poll(() => proxy.connections[0]?.waitingUp).toBe(4)
  client.socket.resetAndDestroy()
  proxy.pass()
  const next = await dial()
  await next.say('early')
  heard.push('new early')
  await accepted[0]?.gone
  expect(heard).toEqual(['new early', 'old late'])
})

test('a throttle carries no more than its bytes per second', async () => {
  const { proxy, dial } = await startEcho()
  const client = await dial()
  await client.say('x')
  proxy.slow({ bytesPerSecond: 10_000 })
  const startedAt = Date.now()
  client.socket.write('y'.repeat(3_000))
  await client.until((received) => received.length === 3_001)
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(240)
})

test('retarget() sends new connections to another port', async () => {
  const first = await startEcho()
  const second = await startEcho()
  first.proxy.retarget(second.port)
  await (await first.dial()).say('moved')
  expect(first.accepted).toHaveLength(0)
  expect(second.accepted).toHaveLength(1)
})

async function startEcho(): Promise<Echo> {
  const accepted: Accepted[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    accepted.push({ socket, gone: new Promise((resolve) => socket.on('close', () => resolve())) })
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const proxy = await startFaultProxy(port)
  onTestFinished(async () => {
    await proxy.close()
    for (const { socket } of accepted) socket.destroy()
    server.close()
  })
  return { proxy, accepted, port, dial: () => dial(proxy) }
}

async function dial(proxy: FaultProxy): Promise<Client> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: false })
  onTestFinished(() => void socket.destroy())
  const listeners = new Set<() => void>()
  const client: Client = {
    socket,
    received: '',
    closed: new Promise((resolve) => {
      let how = 'end'
      socket.on('error', (error: NodeJS.ErrnoException) => {
        how = error.code ?? error.message
      })
      socket.on('close', () => resolve(how))
    }),
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(client.received)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    async say(text) {
      const wanted = client.received + text
      socket.write(text)
      await client.until((received) => received === wanted)
    },
  }
  socket.setEncoding('utf8')
  socket.on('data', (data: string) => {
    client.received += data
    for (const look of listeners) look()
  })
  // A cut network may end it before it is seen to connect.
  await Promise.race([new Promise((resolve) => socket.on('connect', resolve)), client.closed])
  return client
}

// --- types ---

interface Echo {
  proxy: FaultProxy
  accepted: Accepted[]
  /** The echo server's own port. */
  port: number
  dial(): Promise<Client>
}

interface Accepted {
  socket: Socket
  gone: Promise<void>
}

interface Client {
  socket: Socket
  received: string
  /** How it ended: `end`, or the error's code. */
  closed: Promise<string>
  until(holds: (received: string) => boolean): Promise<void>
  /** Sends, and waits for the echo. */
  say(text: string): Promise<void>
}
