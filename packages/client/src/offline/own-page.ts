/** OwnPage is this page's place on the device: the id under which what it writes lies, held for as long as it runs. */
import type { Page } from '../tabs/page.ts'

export interface OwnPage {
  readonly id: string
  /** Once it is taken; undefined for ever where nothing tells pages apart. */
  readonly page: Page | undefined
  /** Fulfilled when the id is this page's again, if it may be now. */
  take(): Promise<void>
  /** Lets go of the id until it is taken again. */
  suspend(): void
  /** It may be taken again. */
  resume(): void
  /** Nothing is taken any more; `release` lets go. */
  end(): void
  release(): void
}

export function createOwnPage({ newId, takePage }: OwnPageDeps): OwnPage {
  let stage: 'running' | 'suspended' | 'over' = 'running'
  let taking: Promise<Page | undefined> | undefined
  let page: Page | undefined
  /** Stands for the page where nothing tells pages apart. */
  let loneId: string | undefined
  return {
    get id() {
      loneId ??= newId()
      return page?.id ?? loneId
    },
    get page() {
      return page
    },
    async take() {
      taking ??= takePage()
      page = await taking
      // What happened meanwhile, it did not hear of.
      if (stage === 'over') page?.close()
      else if (stage === 'suspended') page?.suspend()
      else await page?.resume()
    },
    suspend() {
      stage = 'suspended'
      page?.suspend()
    },
    resume() {
      stage = 'running'
    },
    end() {
      stage = 'over'
    },
    release: () => page?.close(),
  }
}

// --- types ---

export interface OwnPageDeps {
  newId: () => string
  /** Undefined where nothing tells pages apart. */
  takePage(): Promise<Page | undefined>
}
