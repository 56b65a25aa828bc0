'use client'
/** useIsWide says whether there is space for the members beside a conversation; room.module.css has the same width. */
import { useSyncExternalStore } from 'react'

export function useIsWide(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => matchMedia(WIDE).matches,
    // A server can't know; the style sheet hides the panel on a narrow screen until this is known.
    () => true,
  )
}

function subscribe(onChange: () => void): () => void {
  const query = matchMedia(WIDE)
  query.addEventListener('change', onChange)
  return () => query.removeEventListener('change', onChange)
}

const WIDE = '(min-width: 1100px)'
