'use client'
/** useListFocus: one stop of the Tab key for the whole list; arrows move among the messages, Enter goes into one. */
import type { Message } from '@parlor/client'
import {
  type FocusEvent,
  type HTMLAttributes,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'

/** A message opens its toolbar while it has the focus or the mouse; on touch, with a tap or a long press. */
export function useListFocus(content: RefObject<HTMLElement | null>, messages: readonly Message[]): ListFocus {
  const [focused, setFocused] = useState<string>()
  const [hovered, setHovered] = useState<string>()
  const [hasFocus, setHasFocus] = useState(false)
  const [isTouch, setIsTouch] = useState(false)
  const press = useRef<Press>({ timer: undefined, isLong: false, isTouch: false })

  const handlers = useMemo((): ListHandlers => {
    const endPress = (): void => clearTimeout(press.current.timer)
    return {
      onFocus(event: FocusEvent) {
        const id = messageIdOf(event.target)
        if (id === undefined) return
        setFocused(id)
        // A tap focuses too, but it opens by itself; a click with the mouse has opened already.
        setHasFocus(event.target.matches(':focus-visible'))
      },
      onBlur(event: FocusEvent) {
        if (messageIdOf(event.relatedTarget) === undefined) setHasFocus(false)
      },
      onKeyDown: (event: KeyboardEvent) => moveFocus(event, content.current),
      onPointerOver(event: PointerEvent) {
        if (event.pointerType === 'mouse') setHovered(messageIdOf(event.target))
      },
      onPointerLeave(event: PointerEvent) {
        if (event.pointerType === 'mouse') setHovered(undefined)
      },
      onPointerDown(event: PointerEvent) {
        endPress()
        press.current.isTouch = event.pointerType !== 'mouse'
        setIsTouch(press.current.isTouch)
        press.current.isLong = false
        const id = messageIdOf(event.target)
        if (!press.current.isTouch || id === undefined) return
        press.current.timer = setTimeout(() => {
          press.current.isLong = true
          setHovered(id)
        }, LONG_PRESS_MS)
      },
      onPointerUp: endPress,
      onPointerCancel: endPress,
      onClick(event: MouseEvent) {
        if (!press.current.isTouch || press.current.isLong || isControl(event.target)) return
        const id = messageIdOf(event.target)
        setHovered((open) => (open === id ? undefined : id))
      },
    }
  }, [content])

  // A tap anywhere else puts the toolbar away.
  const isPinned = hovered !== undefined && isTouch
  useEffect(() => {
    if (!isPinned) return
    const onPointerDown = (event: globalThis.PointerEvent): void => {
      if (event.target instanceof Node && !content.current?.contains(event.target)) setHovered(undefined)
    }
    document.addEventListener('pointerdown', onPointerDown)
    return () => document.removeEventListener('pointerdown', onPointerDown)
  }, [isPinned, content])

  const activeId = messages.some(({ id }) => id === focused) ? focused : messages.at(-1)?.id
  return { activeId, openIds: [hovered, hasFocus ? activeId : undefined], handlers }
}

/** What Android and iOS take for a long press. */
const LONG_PRESS_MS = 500

function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const target = event.target as HTMLElement
  const message = target.closest<HTMLElement>('[data-message-id]')
  if (!list || !message) return
  if (target !== message) {
    if (event.key === 'Escape') message.focus()
    return
  }
  const all = [...list.querySelectorAll<HTMLElement>('[data-message-id]')]
  const at = all.indexOf(message)
  const next: Record<string, HTMLElement | null | undefined> = {
    ArrowUp: all[at - 1],
    ArrowDown: all[at + 1],
    Home: all[0],
    End: all.at(-1),
    Enter: message.querySelector<HTMLElement>('.parlor-toolbar button, .parlor-failure button'),
  }
  if (!(event.key in next) || event.altKey || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  next[event.key]?.focus()
}

function messageIdOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-message-id]')?.dataset.messageId : undefined
}

function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a, button') !== null
}

// --- types ---

type ListHandlers = Pick<
  HTMLAttributes<HTMLElement>,
  | 'onFocus'
  | 'onBlur'
  | 'onKeyDown'
  | 'onPointerOver'
  | 'onPointerLeave'
  | 'onPointerDown'
  | 'onPointerUp'
  | 'onPointerCancel'
  | 'onClick'
>

export interface ListFocus {
  activeId: string | undefined
  /** Whose toolbars are shown: under the mouse (or tapped), and in focus. */
  openIds: readonly (string | undefined)[]
  handlers: ListHandlers
}

interface Press {
  timer: ReturnType<typeof setTimeout> | undefined
  isLong: boolean
  isTouch: boolean
}
