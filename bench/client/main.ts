/** `npm run bench:client`: the hook and the list in Chromium, with many messages loaded and many events arriving. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright'
import { build, preview } from 'vite'
import { chromiumArgs, findChromium } from '../../scripts/chromium.ts'
import { describeMachine, describeRun } from '../../tests/support/results.ts'
import { formatTable } from '../../tests/support/text-table.ts'
import { summarize } from '../statistics.ts'
import type { ClientBench, Told } from './page-api.ts'
import { readTasks } from './trace.ts'

/** With ten thousand rows on the page a round takes minutes. */
const SCENES = [
  { loaded: 100, withList: false, rounds: 3 },
  { loaded: 10_000, withList: false, rounds: 3 },
  { loaded: 100, withList: true, rounds: 3 },
  { loaded: 1_000, withList: true, rounds: 3 },
  { loaded: 10_000, withList: true, rounds: 1 },
]
const PER_SECOND = 100
const SECONDS = 10
const BURST = 1_000

/** A frame at 60 a second. */
const FRAME_MS = 1000 / 60
/** What browsers call a long task. */
const LONG_MS = 50

const HEAD = [
  ...['on the page', 'what arrives', 'loaded', 'renders', 'µs per event', 'of the time'],
  ...['longest task, ms', 'over 16.7 ms', 'over 50 ms'],
]

const { values: options } = parseArgs({
  options: {
    report: { type: 'boolean', default: false },
    // ChatRoom with at most so many: with thousands, a round takes minutes.
    rows: { type: 'string', default: '10000' },
  },
})
const scenes = SCENES.filter(({ withList, loaded }) => !withList || loaded <= Number(options.rows))
const folder = await mkdtemp(join(tmpdir(), 'parlor-client-bench-'))
const input = join(import.meta.dirname, 'index.html')
await build({
  ...{ root: import.meta.dirname, logLevel: 'error', configFile: false, mode: 'production' },
  resolve: { conditions: ['@parlor/source', 'browser', 'module', 'import', 'default'] },
  build: { outDir: folder, emptyOutDir: true, rollupOptions: { input } },
})
const server = await preview({
  root: folder,
  logLevel: 'error',
  configFile: false,
  build: { outDir: folder },
  preview: { port: 0, host: '127.0.0.1' },
})
const url = server.resolvedUrls?.local[0] ?? ''
const executablePath = findChromium()
const browser = await chromium.launch({ args: [...chromiumArgs], ...(executablePath && { executablePath }) })
const table: string[][] = []
try {
  for (const { loaded, withList, rounds: count } of scenes) {
    const rounds: Round[] = []
    for (let round = 0; round < count; round++) {
      console.log(`${withList ? 'ChatRoom' : 'the hook'} with ${loaded} messages, round ${round + 1} of ${count}`)
      const page = await browser.newPage({ viewport: { width: 1000, height: 800 } })
      await page.goto(url)
      const held = await page.evaluate(([n, list]) => bench.load(n, list), [loaded, withList] as const)
      const stream = await trace(page, { events: PER_SECOND * SECONDS, perFrame: 1 })
      const burst = await trace(page, { events: BURST, perFrame: BURST })
      rounds.push({ loaded: held, stream, burst })
      await page.close()
    }
    table.push(rowOf(withList, `${PER_SECOND} events/s for ${SECONDS} s`, rounds, ({ stream }) => stream))
    table.push(rowOf(withList, `${BURST} events in one frame`, rounds, ({ burst }) => burst))
  }
} finally {
  await browser.close()
  await server.close()
  await rm(folder, { recursive: true })
}
const lines = formatTable(HEAD, table)
console.log(lines.join('\n'))
if (options.report) await writeFile('docs/results/client.md', page(lines))

/** What the main thread did while so many events arrived; they are made before. */
async function trace(page: Page, { events, perFrame }: { events: number; perFrame: number }): Promise<Measured> {
  await page.evaluate(([all, each]) => bench.prepare(all, each), [events, perFrame] as const)
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'],
  })
  const told = await page.evaluate((perSecond) => bench.tell(perSecond), PER_SECOND)
  const tasks = readTasks(await browser.stopTracing())
  const busyMs = tasks.reduce((sum, ms) => sum + ms, 0)
  const [overFrame, long] = [FRAME_MS, LONG_MS].map((limit) => count(tasks, limit))
  return { ...told, events, busyMs, longest: tasks[0] ?? 0, overFrame: overFrame ?? 0, long: long ?? 0 }
}

function count(tasks: readonly number[], above: number): number {
  return tasks.filter((ms) => ms > above).length
}

function rowOf(withList: boolean, what: string, rounds: readonly Round[], pick: (round: Round) => Measured): string[] {
  const of = (read: (one: Measured) => number): number => summarize(rounds.map((round) => read(pick(round)))).median
  return [
    withList ? 'ChatRoom' : 'the hook',
    what,
    String(rounds[0]?.loaded),
    String(of(({ renders }) => renders)),
    `${(of(({ busyMs, events }) => (busyMs * 1000) / events)).toFixed(0)}`,
    `${(of(({ busyMs, ms }) => busyMs / ms) * 100).toFixed(0)} %`,
    of(({ longest }) => longest).toFixed(1),
    String(of(({ overFrame }) => overFrame)),
    String(of(({ long }) => long)),
  ]
}

function page(lines: readonly string[]): string {
  return `# The client, in Chromium

${describeRun('npm run bench:client --')}

- ${describeMachine()}
- Chromium, headless, without a GPU; React's production build; medians of three rounds (one where ten thousand rows are on the page).

${lines.join('\n')}

The hook: a component of the page's own that uses \`useChat\` and shows the newest 20 texts. ChatRoom: beside it the whole room, every loaded message a row of its list. Messages are loaded with \`loadOlder\`, page by page. Of the events, six in ten are new messages, the others edits and reactions, half of them far up in the list. Times are all that the page's main thread did, from a trace: the client, React, layout and painting.
`
}

declare const bench: ClientBench

// --- types ---

interface Measured extends Told {
  events: number
  /** Of the main thread. */
  busyMs: number
  longest: number
  overFrame: number
  long: number
}

interface Round {
  loaded: number
  stream: Measured
  burst: Measured
}
