/** Environment: what the page or the device says about itself: seen again, online, about to be frozen. */

/**
 * `visible`, `hidden`: the page is seen again, or no more. `online`, `offline`: the device's network, as far as it knows. `suspend`: the page
 * may be frozen now, and kept for the back button. `resume`: it runs again.
 */
export type Signal = 'visible' | 'hidden' | 'online' | 'offline' | 'suspend' | 'resume'

export interface Environment {
  /** Calls back on every signal; returns the function that stops it. */
  listen(listener: (signal: Signal) => void): () => void
}

/** The page's own events; silent where there is no page (Node, React Native). */
export const browserEnvironment: Environment = {
  listen(listener) {
    const stops: (() => void)[] = []
    const on = (target: EventTarget | undefined, type: string, signal: (event: Event) => Signal | undefined): void => {
      // React Native has a `window` that is no event target.
      if (typeof target?.addEventListener !== 'function') return
      const handle = (event: Event): void => {
        const found = signal(event)
        if (found) listener(found)
      }
      target.addEventListener(type, handle)
      stops.push(() => target.removeEventListener(type, handle))
    }
    const page = typeof window === 'undefined' ? undefined : window
    const document = page?.document
    on(document, 'visibilitychange', () => document?.visibilityState)
    on(document, 'freeze', () => 'suspend')
    on(document, 'resume', () => 'resume')
    on(page, 'online', () => 'online')
    on(page, 'offline', () => 'offline')
    // An open socket keeps a page out of the back/forward cache, so it is closed as the page goes.
    on(page, 'pagehide', () => 'suspend')
    on(page, 'pageshow', (event) => ((event as PageTransitionEvent).persisted ? 'resume' : undefined))
    return () => {
      for (const stop of stops.splice(0)) stop()
    }
  },
}
