/** SIGSTOP: the service is paused in the middle of whatever it does, and goes on as if no time had passed. */
import { readFile } from 'node:fs/promises'
import { type FaultKind, pass } from '../fault-kind.ts'

export const stop = createStop('SIGSTOP', { quick: 1, full: 20 }, (random, size) =>
  size === 'quick'
    ? [500 + random() * 1_000, 1_000 + random() * 1_000]
    : Array.from({ length: 5 }, () => 1_000 + random() * 9_000),
)

/** Long enough that clients take the service for dead, and that load balancers do. */
export const longStop = createStop('SIGSTOP, long', { quick: 0, full: 4 }, (random) => [30_000 + random() * 30_000])

function createStop(
  name: string,
  episodes: FaultKind['episodes'],
  plan: FaultKind<readonly number[]>['plan'],
): FaultKind<readonly number[]> {
  return {
    name,
    suspends: 'G4, until it goes on',
    episodes,
    plan,
    async run({ unit, control }, pausesMs) {
      let effects = 0
      for (const pauseMs of pausesMs) {
        await control.acks(1)
        const end = control.fault({ name })
        unit.program.signal('SIGSTOP')
        await pass(pauseMs)
        if (await isStopped(unit.program.pid)) effects += 1
        unit.program.signal('SIGCONT')
        end()
      }
      return effects
    },
  }
}

/** By what the kernel says; elsewhere than on Linux, by what was asked for. */
async function isStopped(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true
  return (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1)?.startsWith('T') === true
}
