/** Publish tells everybody what a feature committed. Features call it after the commit, in the same turn as the reply. */
import { ChatError } from '@parlor/protocol'
import type { Committed } from '../store/change.ts'
import type { Bus } from './bus.ts'
import type { Feeds } from './feeds.ts'

/** Waits for a commit, publishes its changes and gives back its result. */
export type Publish = <T>(roomId: string, commit: Promise<Committed<T>>) => Promise<T>

export function createPublish(bus: Bus, feeds: Feeds): Publish {
  return async (roomId, commit) => {
    try {
      const { result, changes } = await commit
      if (changes.length > 0) bus.publish(roomId, changes)
      return result
    } catch (error) {
      // The outcome is unknown: it may be committed, and nobody will publish it.
      if (!(error instanceof ChatError) || error.action === 'retry') feeds.suspect(roomId)
      throw error
    }
  }
}
