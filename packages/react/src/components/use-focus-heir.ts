'use client'
/** useFocusHeir: when an element goes away that has the focus, another one gets it, and the next Tab goes on from there. */
import { type RefObject, useLayoutEffect, useMemo, useRef } from 'react'

/** `isThere`: whether the element is rendered. Put `watch` on it, and `heir` on what is rendered in its place. */
export function useFocusHeir<E extends HTMLElement>(isThere: boolean): FocusHeir<E> {
  const hasFocus = useRef(false)
  const heir = useRef<E>(null)
  const watch = useMemo(
    () => ({
      onFocus() {
        hasFocus.current = true
      },
      onBlur() {
        hasFocus.current = false
      },
    }),
    [],
  )
  // Before the browser paints: no frame without a focus.
  useLayoutEffect(() => {
    if (isThere || !hasFocus.current) return
    hasFocus.current = false
    heir.current?.focus({ preventScroll: true })
  }, [isThere])
  return { watch, heir }
}

// --- types ---

interface FocusHeir<E> {
  watch: { onFocus(): void; onBlur(): void }
  heir: RefObject<E | null>
}
