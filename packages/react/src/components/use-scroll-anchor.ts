'use client'
/** useScrollAnchor: keeps what the reader looks at where it is, whatever is added, removed or resized around it. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/**
 * The scroller lays its one child out from its end (`flex-direction: column-reverse`), so scrollTop is 0 at the newest
 * message and negative above it: a page is at its end before any script runs, and stays there while it grows or the
 * keyboard opens. Everywhere else the rows that are visible are held in place: their distance from the end is
 * remembered, and what it changed by is scrolled, before the browser paints.
 *
 * @param isLatest whether the end of the list is the end of the room; if not, the list doesn't follow its end.
 */
export function useScrollAnchor(isLatest: boolean): ScrollAnchor {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const held = useRef<Held>({ rows: [], top: 0, isFollowing: true })
  const [isAtEnd, setIsAtEnd] = useState(true)

  const remember = useCallback(() => {
    const box = scroller.current
    const list = content.current
    if (!box || !list) return
    const isNear = box.scrollTop > -END_PX
    held.current = { rows: visibleRows(box, list), top: box.scrollTop, isFollowing: isNear && isLatest }
    setIsAtEnd(isNear)
  }, [isLatest])

  const settle = useCallback(() => {
    const box = scroller.current
    const list = content.current
    if (!box || !list) return
    const { rows, top, isFollowing } = held.current
    // The person may have scrolled since, and the browser not yet have said so.
    const hasMovedAway = box.scrollTop < top - 1
    if (isFollowing && !hasMovedAway) box.scrollTop = 0
    else {
      const end = list.getBoundingClientRect().bottom
      const row = rows.find(({ element }) => element.isConnected)
      if (row) {
        const change = end - row.element.getBoundingClientRect().top - row.fromEnd
        if (Math.abs(change) > 0.1) box.scrollTop -= change
      }
    }
    remember()
  }, [remember])

  // After every render of the list, whatever changed; and after whatever changed without one.
  useLayoutEffect(settle)
  useEffect(() => {
    const list = content.current
    if (!list) return
    const observer = new ResizeObserver(settle)
    observer.observe(list)
    if (scroller.current) observer.observe(scroller.current)
    return () => observer.disconnect()
  }, [settle])

  const scrollToEnd = useCallback(() => {
    const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    scroller.current?.scrollTo({ top: 0, behavior: isCalm ? 'auto' : 'smooth' })
  }, [])
  const follow = useCallback(() => {
    held.current = { rows: [], top: 0, isFollowing: true }
    if (scroller.current) scroller.current.scrollTop = 0
  }, [])

  return { scroller, content, isAtEnd, onScroll: remember, scrollToEnd, follow }
}

/** So close to the end (in px) counts as being there: less than a line of text. */
const END_PX = 16

/** The rows that the reader sees, from the top. Rows are in order, so the first is found by halving. */
function visibleRows(box: HTMLElement, list: HTMLElement): HeldRow[] {
  const { top, bottom } = box.getBoundingClientRect()
  const end = list.getBoundingClientRect().bottom
  const children = list.children
  let low = 0
  let high = children.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (children[middle]!.getBoundingClientRect().bottom <= top) low = middle + 1
    else high = middle
  }
  const rows: HeldRow[] = []
  for (let index = low; index < children.length; index++) {
    const element = children[index]!
    const rowTop = element.getBoundingClientRect().top
    if (rowTop >= bottom) break
    // Only messages: a separator or the button above them may be gone after the next render.
    if (element.hasAttribute('data-message-id')) rows.push({ element, fromEnd: end - rowTop })
  }
  return rows
}

// --- types ---

export interface ScrollAnchor {
  scroller: RefObject<HTMLDivElement | null>
  /** The scroller's one child; its children are the rows. */
  content: RefObject<HTMLDivElement | null>
  isAtEnd: boolean
  onScroll(): void
  /** Scrolls there, smoothly where that is wanted. */
  scrollToEnd(): void
  /** Goes to the end at once and stays there while the list grows. */
  follow(): void
}

interface Held {
  rows: HeldRow[]
  top: number
  isFollowing: boolean
}

interface HeldRow {
  element: Element
  /** In px, from its top to the end of the list. */
  fromEnd: number
}
