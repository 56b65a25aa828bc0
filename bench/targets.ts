/** Targets are the rows of the table: what was promised, what was measured, and whether the one holds the other. */
import type { PeerName } from './dialect.ts'
import type { Ledger, Subject, Values, Workload } from './ledger.ts'

/** Every row, in its order. None is left out: what wasn't measured is not met. */
export function judge(ledger: Ledger): Row[] {
  return TARGETS.map((target) => {
    const { workload, value, unit } = target
    const own = ledger.read(workload, 'parlor', value)
    const other = target.versus ? ledger.read(workload, target.versus, value) : undefined
    const measured = other
      ? target.compare === 'plus'
        ? own.median - other.median
        : own.median / other.median
      : own.median
    const isBelow = target.most !== undefined ? measured <= target.most : measured >= (target.least ?? Number.NaN)
    const guard = target.also && ledger.read(workload, 'parlor', target.also.value).median
    const guardHolds = !target.also || (guard !== undefined && guard < target.also.below)
    // A comparison with a run that went wrong is none.
    const isSound = ['parlor' as const, ...(target.versus ? [target.versus] : [])].every((subject) =>
      ledger.isSound(workload, subject),
    )
    return {
      workload,
      what: target.what,
      parlor: format(own, unit),
      other: other && target.versus ? `${target.versus} ${format(other, unit)}` : '',
      measured: `${formatMeasured(target, measured)}${guard === undefined ? '' : `, p99 ${round(guard)} ms`}`,
      target: `${formatMeasured(target, target.most ?? target.least ?? Number.NaN, target.most !== undefined ? '≤' : '≥')}${
        target.also ? `, p99 < ${target.also.below} ms` : ''
      }`,
      isMet: Number.isFinite(measured) && isBelow && guardHolds && isSound,
      notes: [
        ...ledger.flawsOf(workload, 'parlor').map((flaw) => `parlor: ${flaw}`),
        ...(target.versus ? ledger.flawsOf(workload, target.versus).map((flaw) => `${target.versus}: ${flaw}`) : []),
      ],
    }
  })
}

const TARGETS: readonly Target[] = [
  cpu('W1', 'socket.io', 0.7),
  cpu('W1', 'ws loop', 0.95),
  { workload: 'W1', what: 'p50', value: 'p50', unit: 'ms', versus: 'ws loop', most: 1.5 },
  cpu('W1-busy', 'bun', 0.7),
  { workload: 'W1-busy', what: 'p99', value: 'p99', unit: 'ms', most: 60 },
  cpu('W2', 'socket.io', 0.8),
  cpu('W2', 'ws loop', 1.1),
  maximum('W3', 45),
  maximum('W2-max', 2),
  { ...memory('ws loop'), compare: 'plus', most: 2 },
  { ...memory('socket.io'), most: 0.4 },
  {
    workload: 'W5',
    what: 'connects per CPU second',
    value: 'connectsPerCpuSecond',
    unit: '/s',
    versus: 'socket.io',
    least: 1.2,
  },
  acks('W6, 1 member', 12_000, 50),
  acks('W6, 10 members', 10_000, 75),
  { workload: 'quiet', what: 'p50 of a lone message', value: 'p50', unit: 'ms', versus: 'fdatasync', most: 3 },
  { workload: 'fair', what: 'p99 beside a flood', value: 'p99', unit: 'ms', versus: 'no flood', most: 1.25 },
]

function cpu(workload: Workload, versus: PeerName, most: number): Target {
  return { workload, what: 'server CPU per delivery', value: 'usPerDelivery', unit: 'µs', versus, most }
}

function maximum(workload: Workload, least: number): Target {
  const what = 'most deliveries per second'
  return { workload, what, value: 'deliveriesPerSecond', unit: '/s', versus: 'socket.io', least }
}

function memory(versus: PeerName): Target {
  return { workload: 'W4', what: 'memory per connection', value: 'kibPerConnection', unit: 'KiB', versus }
}

function acks(workload: Workload, least: number, below: number): Target {
  const also = { value: 'ackP99', below } as const
  return { workload, what: 'acked durable messages', value: 'acksPerSecond', unit: '/s', least, also }
}

function formatMeasured({ versus, compare, unit }: Target, value: number, sign = ''): string {
  if (!Number.isFinite(value)) return 'not measured'
  const text = round(value)
  if (!versus) return `${sign && `${sign} `}${text} ${unit}`
  return compare === 'plus' ? `${sign && `${sign} `}+${text} ${unit}` : `${sign && `${sign} `}${text} ×`
}

/** The median, with the spread where there was more than one run. */
export function format({ median, min, max, count }: ReturnType<Ledger['read']>, unit: string): string {
  if (count === 0) return '–'
  return `${round(median)}${count > 1 ? ` (${round(min)}–${round(max)})` : ''} ${unit}`
}

/** Three digits, or all of those before the point. */
function round(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

// --- types ---

export interface Row {
  workload: Workload
  what: string
  parlor: string
  other: string
  measured: string
  target: string
  isMet: boolean
  notes: string[]
}

/** `most` or `least` bounds the value itself, or its ratio to `versus`; with `plus`, what it has more. */
interface Target {
  workload: Workload
  what: string
  value: keyof Values
  unit: string
  versus?: Subject
  compare?: 'plus'
  most?: number
  least?: number
  also?: { value: keyof Values; below: number }
}
