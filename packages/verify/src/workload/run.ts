/** Run: what everybody who takes part in a workload shares. */
import type { WorkloadOptions } from './options.ts'
import type { Recorder } from './recorder.ts'

export interface Run {
  readonly recorder: Recorder
  /** Where clients go. */
  readonly url: string
  /** Around a fault proxy. */
  readonly directUrl: string
  readonly roomIds: readonly string[]
  /** Nothing new is begun any more. */
  readonly isSettling: boolean
  tokenFor(user: User): string | Promise<string>
  runtimeFor: NonNullable<WorkloadOptions['runtimeFor']>
  newId(): string
}

export interface User {
  id: string
  name: string
}
