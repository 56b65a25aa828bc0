/** `npm run faults`: breaks a real service in every way that one node can break, and judges what people saw. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Cluster } from '../cluster/cluster.ts'
import { runSeededBugs } from '../seeded-bugs/run.ts'
import { planEpisodes, runCampaign } from './campaign.ts'
import type { EpisodeResult } from './episode.ts'
import { kindsOf, type Options, readOptions } from './options.ts'
import { writeReport } from './report.ts'
import { runSlowReadersAtScale } from './slow-readers-at-scale.ts'
import { Totals } from './totals.ts'
import { Unit } from './unit.ts'

/** Of one episode; the log has the others. */
const SHOWN_VIOLATIONS = 3

const PROGRESS_EVERY_MS = 30_000

// Every process that it starts listens for this one's end: a dozen, with several clusters.
process.setMaxListeners(100)

const options = readOptions()
process.exitCode = options.isSeededBugs ? await runSeededBugs(options) : await runFaults(options)
// Whatever a broken episode has left behind doesn't keep this process.
process.exit()

async function runFaults(options: Options): Promise<number> {
  const { size, seed, jobs } = options
  const isWhole = options.kinds.length === 0
  const wanted = kindsOf(options)
    .filter(({ name }) => isWhole || options.kinds.includes(name))
    .map((kind) => ({ kind, count: options.episodes ?? kind.episodes[size] }))
    .filter(({ count }) => count > 0)
  const totals = new Totals(wanted.map(({ kind }) => kind.name))
  const possible = wanted.filter(({ kind }) => {
    const obstacle = kind.findObstacle?.()
    if (obstacle !== undefined) totals.skip(kind.name, obstacle)
    return obstacle === undefined
  })
  const episodes = planEpisodes(possible, seed)
  const startedAt = performance.now()
  const isTimeLeft = (): boolean =>
    options.minutes === undefined || performance.now() - startedAt < options.minutes * 60_000
  console.log(`faults: ${episodes.length} episodes, ${jobs} at a time, seeds from ${seed}`)

  let toldAt = startedAt
  /** On stderr: the campaign takes an hour. */
  const tellProgress = (): void => {
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
    toldAt = performance.now()
    const seconds = Math.round((toldAt - startedAt) / 1000)
    console.error(`${totals.episodes} of ${episodes.length} episodes, ${totals.violations} violations, ${seconds} s`)
  }
  const notes: string[] = []
  const findings: Pick<EpisodeResult, 'kind' | 'seed' | 'violations' | 'broken'>[] = []
  await runCampaign({
    ...{ episodes, size, jobs },
    start: () => (options.isCluster ? Cluster.start() : Unit.start()),
    async onResult(result) {
      totals.add(result)
      notes.push(...result.notes)
      tellProgress()
      const isGood = result.violations.length === 0 && result.broken === undefined
      if (isGood) return isTimeLeft()
      const { kind, violations, broken } = result
      findings.push({ kind, seed: result.seed, violations, broken })
      await show(result, options)
      // An episode that could not be run proves nothing either way.
      return isTimeLeft() && !(options.isUntilFirst && violations.length > 0)
    },
  })

  // In the full campaign of every kind; where only some are asked for, this isn't one of them.
  const isAtLength =
    isWhole && !options.isCluster && size === 'full' && options.episodes === undefined && !options.isUntilFirst
  const atScale = isAtLength ? await runSlowReadersAtScale() : undefined
  const violations = totals.violations + (atScale?.isGood === false ? 1 : 0)
  const flaws = options.isUntilFirst && findings.length > 0 ? [] : totals.findFlaws(isWhole)
  // Where root is at hand, as in CI, everything has to run.
  if (process.env.CI) for (const [kind, reason] of totals.skipped) flaws.push(`${kind}: could not run: ${reason}`)
  const lines = [
    ...[...totals.skipped].map(([kind, reason]) => `not run: ${kind}: ${reason}`),
    ...flaws.map((flaw) => `this run proves less than it should: ${flaw}`),
    ...(notes.length > 0 ? [...notes, ''] : []),
    ...(atScale ? ['', ...atScale.lines, ''] : []),
    `faults: ${totals.episodes} episodes, ${violations} violations`,
  ]
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  if (options.findings) await writeFile(options.findings, JSON.stringify(findings))
  if (options.isReported) await writeReport({ totals, options, lines, seconds })
  console.log(`\n${totals.format().join('\n')}\n\n${lines.join('\n')}`)
  return violations > 0 || flaws.length > 0 ? 1 : 0
}

/** What a person needs to look into it: the excerpt, the log, and the way to run it again. */
async function show(
  { kind, seed, violations, broken, log }: EpisodeResult,
  { logs, size, isCluster }: Options,
): Promise<void> {
  const file = join(logs, `${kind.replaceAll(/[^a-z0-9]+/gi, '-')}-${seed}.ndjson`)
  await mkdir(logs, { recursive: true })
  await writeFile(file, log.join(''))
  console.log(`\n${kind}, seed ${seed}:`)
  if (broken !== undefined) console.log(`  could not be run to its end: ${broken.replaceAll('\n', '\n  ')}`)
  for (const { guarantee, rule, message, excerpt } of violations.slice(0, SHOWN_VIOLATIONS)) {
    console.log(`  ${guarantee} ${rule}: ${message}`)
    for (const { line, entry } of excerpt) console.log(`    line ${line}: ${JSON.stringify(entry)}`)
  }
  if (violations.length > SHOWN_VIOLATIONS) console.log(`  and ${violations.length - SHOWN_VIOLATIONS} more`)
  console.log(`  log: ${file}`)
  const flags = `${isCluster ? ' --cluster' : ''}${size === 'quick' ? ' --quick' : ''}`
  console.log(`  again: npm run faults -- --kind '${kind}' --seed ${seed}${flags}`)
}
