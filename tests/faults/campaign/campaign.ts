/** Campaign: many episodes, several at a time, on services that are used again where nothing is left of an episode. */
import { type EpisodeResult, runEpisode } from './episode.ts'
import type { Deployment, FaultKind, Size } from './fault-kind.ts'

/** Runs every episode. Told of each as it ends; stops early when `onResult` says so. */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const isAlone = ({ kind }: Episode) => kind.isAlone === true
  const beside = options.episodes.filter((episode) => !isAlone(episode))
  const alone = options.episodes.filter(isAlone)
  const lane = async (left: Episode[]): Promise<void> => {
    let shared: Deployment | undefined
    try {
      for (let next = left.shift(); next; next = left.shift()) {
        const { kind, seed } = next
        const own = await kind.startUnit?.()
        if (!own) shared ??= await options.start()
        const unit = own ?? (shared as Deployment)
        const result = await runEpisode({ kind, seed, size: options.size, unit })
        // What a broken episode has left behind would be the next one's trouble.
        if (own || result.broken !== undefined) await unit.close()
        if (!own && result.broken !== undefined) shared = undefined
        if (await options.onResult(result)) continue
        beside.length = 0
        alone.length = 0
      }
    } finally {
      await shared?.close()
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, () => lane(beside)))
  await lane(alone)
}

/** The episodes of these kinds, mixed, each with a seed of its own. */
export function planEpisodes(kinds: readonly Counted[], firstSeed: number): Episode[] {
  const total = kinds.reduce((sum, { count }) => sum + count, 0)
  // Spread evenly, so that what runs side by side differs and every kind has begun early.
  const places = kinds.flatMap(({ kind, count }) =>
    Array.from({ length: count }, (_, index) => ({ kind, at: ((index + 0.5) * total) / count })),
  )
  return places.sort((one, other) => one.at - other.at).map(({ kind }, index) => ({ kind, seed: firstSeed + index }))
}

// --- types ---

// biome-ignore lint/suspicious/noExplicitAny: the plan of a kind is nobody else's business.
export type AnyKind = FaultKind<any, any>

export interface Counted {
  kind: AnyKind
  count: number
}

export interface Episode {
  kind: AnyKind
  seed: number
}

export interface CampaignOptions {
  episodes: readonly Episode[]
  /** Starts what episodes share. */
  start(): Promise<Deployment>
  size: Size
  /** Episodes at a time. */
  jobs: number
  /** False ends the campaign after the episodes that are under way. */
  onResult(result: EpisodeResult): boolean | Promise<boolean>
}
