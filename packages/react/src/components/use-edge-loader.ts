'use client'
/** useEdgeLoader: loads the next page when its button comes near the screen, and leaves the button for everybody else. */
import { type RefObject, useEffect, useRef, useState } from 'react'

/**
 * After a failure it waits for the button, or until the connection is live again: a broken network must not become a loop.
 *
 * @param load what the button does; keeps its identity
 */
export function useEdgeLoader(options: EdgeLoaderOptions): EdgeLoader {
  const { scroller, hasMore, isLoading, isLive, edge, load } = options
  const button = useRef<HTMLButtonElement>(null)
  const [failed, setFailed] = useState(false)
  const [wasLive, setWasLive] = useState(isLive)
  if (isLive !== wasLive) {
    setWasLive(isLive)
    if (isLive) setFailed(false)
  }

  const start = (): void => {
    setFailed(false)
    load().catch(() => setFailed(true))
  }
  const latestStart = useRef(start)
  useEffect(() => {
    latestStart.current = start
  })

  // Observed anew after each page: an observer tells of crossings only, and a short page may leave the edge in sight.
  const isWaiting = hasMore && !isLoading && !failed && isLive
  useEffect(() => {
    const target = button.current
    if (!isWaiting || !target) return
    const margin = edge === 'older' ? `${AHEAD_PX}px 0px 0px` : `0px 0px ${AHEAD_PX}px`
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) latestStart.current()
      },
      { root: scroller.current, rootMargin: margin },
    )
    observer.observe(target)
    return () => observer.disconnect()
  }, [isWaiting, edge, scroller])

  return { button, failed, start }
}

/** About one screen before the edge. */
const AHEAD_PX = 600

// --- types ---

export interface EdgeLoaderOptions {
  scroller: RefObject<HTMLElement | null>
  hasMore: boolean
  isLoading: boolean
  /** Nothing is loaded by itself while the connection is down. */
  isLive: boolean
  edge: 'older' | 'newer'
  load(): Promise<void>
}

export interface EdgeLoader {
  button: RefObject<HTMLButtonElement | null>
  failed: boolean
  start(): void
}
