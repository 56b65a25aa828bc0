/** docs/results/bench-scale.json: what was measured of many nodes, each command's part beside the others'. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, describeRun } from '../tests/support/results.ts'
import { formatTable } from '../tests/support/text-table.ts'
import type { Cluster } from './scale/constants.ts'
import { type Summary, summarize } from './statistics.ts'

/** The medians of all rounds, as a table on the terminal; with `isKept`, in the file. `command`: as a person types it. */
export function report(command: string, rounds: readonly Record<string, number>[], isKept: boolean): void {
  const names = Object.keys(rounds[0] ?? {})
  const found = names.map((name): [string, Summary] => [
    name,
    summarize(rounds.map((round) => round[name] ?? Number.NaN)),
  ])
  const rows = found.map(([name, { median, min, max }]) => [
    name,
    ...[median, min, max].map((value) => value.toFixed(2)),
  ])
  console.log(['', ...formatTable(['', 'median', 'least', 'most'], rows)].join('\n'))
  if (!isKept) return
  const kept: Partial<Cluster> = existsSync(PATH) ? JSON.parse(readFileSync(PATH, 'utf8')) : {}
  const medians = found.map(([name, { median }]) => [name, { value: Number(median.toPrecision(3)), from: command }])
  const result: Cluster = {
    runs: { ...kept.runs, [command]: `${describeRun(`${command} --`)} ${describeMachine()}.` },
    constants: { ...kept.constants, ...Object.fromEntries(medians) },
  }
  writeFileSync(PATH, `${JSON.stringify(result, undefined, 2)}\n`)
  console.log('Written: docs/results/bench-scale.json')
}

const PATH = join(import.meta.dirname, '..', 'docs', 'results', 'bench-scale.json')
