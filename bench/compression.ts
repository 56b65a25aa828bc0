/**
 * `npm run bench:compression`: what frames that are compressed once for all cost and save: the same load on a service with
 * and without, round by round. People write in sentences, so the texts are of words and no two are alike.
 */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { describeMachine, describeRun } from '../tests/support/results.ts'
import { formatTable } from '../tests/support/text-table.ts'
import { createTokenMaker } from './chat-token.ts'
import { Pace } from './pace.ts'
import { readCpu } from './process-tree.ts'
import { ServerProcess } from './server-process.ts'
import { summarize } from './statistics.ts'

const ROOT = join(import.meta.dirname, '..')
const MEMBERS = 200
const SECONDS = 8
const ROUNDS = 3
const RATES = [20, 100]

const WORDS =
  'the meeting moves to three because nobody could find a room before and I would rather look at numbers with everybody there than send another mail that is read on Monday'.split(
    ' ',
  )

const { values: options } = parseArgs({ options: { report: { type: 'boolean', default: false } } })
const table: string[][] = []
for (const rate of RATES) {
  const rounds = { off: [] as Measured[], on: [] as Measured[] }
  for (let round = 0; round < ROUNDS; round++) {
    rounds.off.push(await measure(rate, 0))
    rounds.on.push(await measure(rate, 200))
  }
  for (const [name, found] of Object.entries(rounds)) {
    const of = (read: (one: Measured) => number): number => summarize(found.map(read)).median
    table.push([
      ...[`${rate}`, name, of(({ bytes }) => bytes).toFixed(0)],
      ...[of(({ cpuUs }) => cpuUs).toFixed(2), of(({ userUs }) => userUs).toFixed(2)],
    ])
  }
}
const lines = formatTable(
  ['messages a second', 'compression', 'bytes per delivery', 'server CPU per delivery, µs', 'of that in user mode'],
  table,
)
console.log(lines.join('\n'))
if (options.report) await writeFile('docs/results/compression.md', page(lines))

/** One room, everybody of it connected; all that arrives is counted. */
async function measure(rate: number, compressFromBytes: number): Promise<Measured> {
  const secret = randomBytes(32).toString('base64')
  const env = { PARLOR_COMPRESS_FROM_BYTES: String(compressFromBytes) }
  const server = await ServerProcess.start('parlor', { root: ROOT, secret, env })
  const tokenFor = createTokenMaker(secret)
  let deliveries = 0
  const sockets = await Promise.all(
    Array.from({ length: MEMBERS }, (_, at) => connect(server.port, tokenFor(`user-${at}`), () => (deliveries += 1))),
  )
  try {
    const [before, bytesBefore] = [readCpu(server.pid), readBytes(sockets)]
    deliveries = 0
    const startedAt = performance.now()
    await new Pace(rate).run(startedAt, [{ at: startedAt + SECONDS * 1000, act: () => {} }], (_, n) => {
      const command = { type: 'message.send', ref: n + 10, roomId: 'bench-1', id: idOf(n), text: sentence(n) }
      sockets[n % 10]?.send(JSON.stringify(command))
    })
    while (deliveries < rate * SECONDS * MEMBERS) await new Promise((resolve) => setTimeout(resolve, 20))
    const after = readCpu(server.pid)
    const userUs = ((after.userMs - before.userMs) * 1000) / deliveries
    const cpuUs = userUs + ((after.systemMs - before.systemMs) * 1000) / deliveries
    return { bytes: (readBytes(sockets) - bytesBefore) / deliveries, cpuUs, userUs }
  } finally {
    for (const socket of sockets) socket.terminate()
    await server.stop()
  }
}

async function connect(port: number, token: string, onEvent: () => void): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, ['parlor.v1'], { perMessageDeflate: true })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const opened = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      for (const item of JSON.parse(String(data)) as { type?: string; ref?: number }[]) {
        if (item.type === 'message.created') onEvent()
        if (item.ref === 2) resolve()
      }
    })
  })
  socket.send(JSON.stringify({ type: 'hello', ref: 1, token }))
  socket.send(JSON.stringify({ type: 'room.open', ref: 2, roomId: 'bench-1' }))
  await opened
  return socket
}

/** Off the wire, heads and all. */
function readBytes(sockets: readonly WebSocket[]): number {
  return sockets.reduce((sum, socket) => sum + (socket as unknown as { _socket: Counted })._socket.bytesRead, 0)
}

function sentence(n: number): string {
  return Array.from({ length: 20 }, (_, at) => WORDS[(n * 31 + at * at * 7 + (n >> 3)) % WORDS.length]).join(' ')
}

function idOf(n: number): string {
  return `019e2a7c-6f00-7000-8000-${String(n).padStart(12, '0')}`
}

function page(lines: readonly string[]): string {
  return `# Compression

${describeRun('npm run bench:compression --')}

- ${describeMachine()}
- One room of ${MEMBERS} connections that offer compression, texts of 20 words, ${SECONDS} s at each rate, medians of ${ROUNDS} rounds, with and without in turns.

${lines.join('\n')}

With it, \`PARLOR_COMPRESS_FROM_BYTES=200\`: a frame of a room is compressed once for everybody who takes compressed frames, without context takeover. Bytes are those of the socket: frames with their heads.
`
}

// --- types ---

interface Measured {
  bytes: number
  cpuUs: number
  userUs: number
}

interface Counted {
  bytesRead: number
}
