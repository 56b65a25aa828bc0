/** Tables of the plans and of the simulations, for the terminal and for docs/scale.md alike. */
import { formatTable } from '../../tests/support/text-table.ts'
import { CEILINGS, findCeilings } from './ceilings.ts'
import { type Constant, type Constants, type Results, readMeasured } from './constants.ts'
import type { FanOutRun } from './fan-outs.ts'
import { makePlan, type Plan } from './plan.ts'
import { PROFILES } from './profiles.ts'
import type { StormRun } from './storms.ts'
import { round, type Verdict } from './verdict.ts'

export function formatConstants(list: readonly Constant[]): string[] {
  return formatTable(
    ['what one costs', 'value', 'from'],
    list.map(({ what, value, unit, from }) => [what, `${round(value)} ${unit}`, from]),
  )
}

/** The two costs from which plans are made, against everything that was measured: loads that gather cost less. */
export function formatModel(results: Results, { messageUs, writeUs }: Constants): string[] {
  const rows = MODELLED.map(([workload, load, members]) => {
    const measured = readMeasured(results, workload, 'usPerDelivery')
    const predicted = messageUs / members + writeUs
    return [workload, load, `${round(predicted)} µs`, `${round(measured)} µs`, `${round(predicted / measured)} ×`]
  })
  return formatTable(['workload', 'load', 'CPU of a delivery, as planned', 'as measured', 'in reserve'], rows)
}

const MODELLED: readonly (readonly [workload: string, load: string, members: number])[] = [
  ['W1', 'a room of 1,000, 50 messages a second', 1_000],
  ['W1-busy', 'the same room, 200 a second', 1_000],
  ['W3', 'the same room, as many as it can', 1_000],
  ['W2', '200 rooms of 10, 3,000 messages a second', 10],
  ['W2-max', 'the same rooms, as many as they can', 10],
  ['W6, 10 members', '100 rooms of 10, 10,000 messages a second', 10],
  ['W6, 1 member', '100 rooms of one, 12,000 messages a second', 1],
]

export function formatProfiles(): string[] {
  const rows = PROFILES.flatMap(({ name, what, kinds, roomsPerConnection, watched, connectsPerHour }) =>
    kinds.map((kind, at) => [
      at === 0 ? name : '',
      kind.name,
      `${Math.round(kind.share * 100)} %`,
      round(kind.connections),
      `${kind.messagesPerMinute}`,
      at === 0 ? `${roomsPerConnection}` : '',
      at === 0 ? `${Math.round(watched * 100)} %` : '',
      at === 0 ? `${connectsPerHour}` : '',
      at === 0 ? what : '',
    ]),
  )
  const of = ['profile', 'rooms', 'of all places', 'people in each', 'messages a minute in each']
  return formatTable(
    [...of, 'rooms of a connection', 'rooms that show who is there', 'reconnects an hour', 'that is'],
    rows,
  )
}

/** What there is to do, and what it takes. */
export function formatPlans(constants: Constants, sizes: readonly number[]): string[] {
  const plans = listPlans(constants, sizes)
  const head = ['connections', 'profile', 'messages/s', 'deliveries/s', 'nodes for CPU', 'for memory', 'for storms']
  return formatTable(
    [
      ...head,
      '**nodes**',
      'Redis shards',
      'PostgreSQL vCPUs',
      'primaries',
      'partitions a year',
      'GiB a day',
      'Gbit/s out',
    ],
    plans.map((plan) => [
      ...nameOf(plan),
      ...[round(plan.messages), round(plan.deliveries)],
      ...[round(plan.needed.cpu), round(plan.needed.memory), round(plan.needed.storm), `**${round(plan.nodes)}**`],
      ...[round(plan.redisShards), round(plan.postgresVcpus), round(plan.primaries), round(plan.partitions)],
      ...[round(plan.gibADay), round(plan.gbitPerSecond)],
    ]),
  )
}

export function formatCosts(constants: Constants, sizes: readonly number[]): string[] {
  const head = [
    'connections',
    'profile',
    '$ an hour',
    '$ per million: machines',
    'traffic',
    'a year on disk',
    'together',
  ]
  return formatTable(
    head,
    listPlans(constants, sizes).map((plan) => {
      const { machines, traffic, storedForAYear } = plan.perMillion
      const parts = [machines, traffic, storedForAYear]
      const together = parts.reduce((sum, part) => sum + part, 0)
      return [...nameOf(plan), round(plan.dollarsPerHour), ...parts.map(round), round(together)]
    }),
  )
}

/** What breaks first in each plan, and how much of it is used. */
export function formatCeilings(constants: Constants, sizes: readonly number[]): string[] {
  return formatTable(
    ['connections', 'profile', 'breaks first', 'used', 'then', 'used'],
    listPlans(constants, sizes).map((plan) => {
      const [first, second] = findCeilings(plan, constants)
      return [...nameOf(plan), first?.name ?? '', percent(first?.share), second?.name ?? '', percent(second?.share)]
    }),
  )
}

export function formatRemedies(): string[] {
  return formatTable(
    ['what', 'watch', 'then'],
    CEILINGS.map(({ name, watch, remedy }) => [name, watch, remedy]),
  )
}

export function formatFanOuts(runs: readonly FanOutRun[]): string[] {
  return formatTable(
    ['connections', 'profile', 'what', 'predicted', 'simulated', 'bound', ''],
    runs.flatMap(({ plan, verdicts }) => verdicts.map((verdict) => [...nameOf(plan), ...cellsOf(verdict)])),
  )
}

export function formatStorms(runs: readonly StormRun[]): string[] {
  const head = [
    'storm',
    'nodes',
    's until all are welcomed',
    'have their rooms',
    'tries/s',
    'welcomes/s',
    'refused',
    'given up',
  ]
  return formatTable(
    [...head, 'longest queue, s', 'reads/s', 'reads per room and node'],
    runs.map(({ name, storm, seen }) => [
      ...[name, round(storm.nodes), round(seen.secondsToWelcome), round(seen.secondsToLive)],
      ...[round(seen.peakTries), round(seen.peakWelcomes), round(seen.refused), round(seen.gaveUp)],
      ...[round(seen.longestQueueMs / 1_000), round(seen.peakReads), round(seen.reads / seen.placesOnNodes)],
    ]),
  )
}

export function formatStormVerdicts(runs: readonly StormRun[]): string[] {
  return formatTable(
    ['storm', 'what', 'predicted', 'simulated', 'bound', ''],
    runs.flatMap(({ name, verdicts }) => verdicts.map((verdict) => [name, ...cellsOf(verdict)])),
  )
}

function listPlans(constants: Constants, sizes: readonly number[]): Plan[] {
  return sizes.flatMap((size) => PROFILES.map((profile) => makePlan(profile, size, constants)))
}

function nameOf({ connections, profile }: Plan): string[] {
  return [connections.toLocaleString('en-US'), profile.name]
}

function cellsOf({ what, predicted, seen, rule, holds }: Verdict): string[] {
  return [what, round(predicted), round(seen), rule, holds ? 'holds' : '**off**']
}

function percent(share = 0): string {
  return `${round(share * 100)} %`
}
