/** `npm run scale`: plans from what the benchmarks measured; `-- --simulate` checks their arithmetic. No clock: the same every time. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCommandLine, readWhole } from '../../tests/support/command-line.ts'
import { makePlanBlocks, simulate } from './blocks.ts'
import { readResults } from './constants.ts'
import { fillPage, findStale } from './page.ts'

const root = join(import.meta.dirname, '..', '..')
const path = join(root, 'docs', 'scale.md')
const options = readCommandLine(
  'npm run scale --',
  {
    connections: { type: 'string', help: 'plan for so many, and nothing else' },
    simulate: {
      type: 'boolean',
      default: false,
      help: 'play the fan-out and the storms, and hold the plans against them',
    },
    seed: { type: 'string', help: 'of the simulations' },
    write: { type: 'boolean', default: false, help: 'put the tables into docs/scale.md' },
    check: { type: 'boolean', default: false, help: 'fail if docs/scale.md shows others' },
  },
  process.argv.slice(2),
)
const results = readResults(root)
const connections = readWhole('connections', options.connections)
if (connections) {
  const { plans = [], costs = [], ceilings = [] } = makePlanBlocks(results, [connections])
  console.log([plans, costs, ceilings].map((lines) => lines.join('\n')).join('\n\n'))
  process.exit(0)
}
const simulation = options.simulate ? simulate(results, readWhole('seed', options.seed)) : undefined
const blocks = { ...makePlanBlocks(results), ...simulation?.blocks }
for (const lines of Object.values(blocks)) console.log(`${lines.join('\n')}\n`)

const page = readFileSync(path, 'utf8')
const stale = findStale(page, blocks)
if (options.write) {
  writeFileSync(path, fillPage(page, blocks))
  console.log(`Written: docs/scale.md (${stale.length > 0 ? `new: ${stale.join(', ')}` : 'nothing new'})`)
} else if (options.check && stale.length > 0) {
  console.error(`docs/scale.md shows other tables: ${stale.join(', ')}. Run: npm run scale -- --simulate --write`)
  process.exitCode = 1
}
if (simulation) {
  console.log(`scale: ${simulation.isOff} predictions off`)
  if (simulation.isOff > 0) process.exitCode = 1
}
