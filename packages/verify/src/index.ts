/** @parlor/verify: a workload against a chat service, the log of what it saw, and the judgement of that log. */
export { judge } from './check/judge.ts'
export type { ExcerptLine, Guarantee, Violation } from './check/violation.ts'
export type * from './log.ts'
export { formatEntry, parseLog } from './log.ts'
export type { Control, WorkloadOptions } from './workload/options.ts'
export { runWorkload } from './workload/workload.ts'
