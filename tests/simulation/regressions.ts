/** Regressions: every schedule that ever found a bug, made as short as it still found it. */
import type { Schedule } from './schedule.ts'

/** Whole schedules, because a seed means another one as soon as an action is added. `npm run simulate` prints them so. */
export const REGRESSIONS: readonly Regression[] = [
  {
    about: 'G3: a session that went live ahead of its feed, which a second read had set back, got a range twice',
    schedule: {
      seed: 484,
      nodes: 1,
      users: ['ada', 'bob'],
      actions: [
        { afterMs: 0, kind: 'send', a: 0.9497634863946587, b: 0.7698519355617464, c: 0.21428796416148543 },
        { afterMs: 184, kind: 'discard', a: 0.5943789533339441, b: 0.8471253251191229, c: 0.6313854514155537 },
        { afterMs: 60, kind: 'serverRename', a: 0.5940177720040083, b: 0.5403678719885647, c: 0.7757723068352789 },
      ],
    },
  },
]

// --- types ---

interface Regression {
  about: string
  schedule: Schedule
}
