/** Shrink: the shortest schedule found that still breaks the same guarantee. */
import { runSchedule } from './run.ts'
import type { Action, Schedule } from './schedule.ts'

/** Drops actions, halves first and then smaller parts, for as long as the run still fails; at most `tries` runs. */
export async function shrink(schedule: Schedule, problem: string, tries = 400): Promise<Schedule> {
  const rule = ruleOf(problem)
  let { actions } = schedule
  let left = tries
  for (let size = Math.ceil(actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < actions.length && left > 0; left--) {
      const fewer: readonly Action[] = [...actions.slice(0, at), ...actions.slice(at + size)]
      const { problems } = await runSchedule({ ...schedule, actions: fewer })
      if (problems.some((one) => ruleOf(one) === rule)) actions = fewer
      else at += size
    }
  }
  return { ...schedule, actions }
}

/** `G5` of `G5: …`. */
function ruleOf(problem: string): string {
  return problem.split(':')[0] ?? problem
}
