/** @parlor/verify: a workload against a chat service, the log of what it saw, and the judgement of that log. */
export { judge } from './check/judge.ts'
export { type Outcomes, type Summary, summarize } from './check/summary.ts'
export type { ExcerptLine, Guarantee, Violation } from './check/violation.ts'
export type * from './log.ts'
export { formatEntry, parseLog } from './log.ts'
export { formatReport, formatVerdict, formatViolation } from './report.ts'
export type { Control, WorkloadOptions } from './workload/options.ts'
export { runWorkload } from './workload/workload.ts'
