/** Every way in which the campaign breaks the service, in the order of the table. */
import type { FaultKind } from '../fault-kind.ts'
import { clock } from './clock.ts'
import { databaseLocked } from './database-locked.ts'
import { diskFull } from './disk-full.ts'
import { diskSlow } from './disk-slow.ts'
import { drain } from './drain.ts'
import { kill } from './kill.ts'
import { killsAt } from './kill-at.ts'
import { lateFrames } from './late-frames.ts'
import { networks } from './network.ts'
import { restore } from './restore.ts'
import { slowReaders } from './slow-readers.ts'
import { longStop, stop } from './stop.ts'
import { createTwoAtOnce, type Pair } from './two-at-once.ts'

const [, committedKill] = killsAt
const processFaults = [kill, stop, drain, ...(committedKill ? [committedKill] : [])]
const slowNetworks = networks.filter(({ name }) => name === 'latency' || name === 'connections reset')
const pairs: Pair[] = processFaults.flatMap((one) => slowNetworks.map((other): Pair => [one, other]))

// biome-ignore lint/suspicious/noExplicitAny: the plan of a kind is nobody else's business.
export const KINDS: readonly FaultKind<any>[] = [
  kill,
  ...killsAt,
  stop,
  longStop,
  drain,
  ...networks,
  lateFrames,
  diskFull,
  diskSlow,
  databaseLocked,
  clock,
  restore,
  slowReaders,
  createTwoAtOnce(pairs),
]
