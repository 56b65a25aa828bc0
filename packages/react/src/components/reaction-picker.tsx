'use client'
/** ReactionPicker: a few emoji in a native popover, beside the button that opened it. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { useStrings } from '../chat-context.ts'
import { fill } from '../strings.ts'

/** Shown while there is an anchor. Arrow keys move, Escape closes; the focus then returns to the button. */
export function ReactionPicker({ anchor, emoji = DEFAULT_EMOJI, chosen, onPick, onClose }: PickerProps): ReactNode {
  const strings = useStrings()
  const popover = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const element = popover.current
    if (!element || !anchor) return
    element.showPopover()
    place(element, anchor)
    element.querySelector<HTMLElement>('button')?.focus()
    const follow = (): void => place(element, anchor)
    window.addEventListener('resize', follow)
    return () => {
      window.removeEventListener('resize', follow)
      if (element.matches(':popover-open')) element.hidePopover()
    }
  }, [anchor])

  return (
    <div
      ref={popover}
      popover="auto"
      className="parlor-picker"
      role="dialog"
      aria-label={strings.addReaction}
      onToggle={(event) => event.newState === 'closed' && onClose()}
      onKeyDown={moveFocus}
    >
      {anchor &&
        emoji.map((one) => (
          <button
            key={one}
            type="button"
            className="parlor-picker-emoji"
            aria-pressed={chosen.includes(one)}
            aria-label={fill(strings.reactWith, { emoji: one })}
            onClick={() => {
              onPick(one, !chosen.includes(one))
              popover.current?.hidePopover()
            }}
          >
            {one}
          </button>
        ))}
    </div>
  )
}

/** Two rows of six: feelings first, then what people answer with. */
const DEFAULT_EMOJI: readonly string[] = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👏', '🔥', '👀', '✅', '👋']

const COLUMNS = 6

/** In px, between the button, the popover and the edge of the window. */
const GAP = 8

function place(element: HTMLElement, anchor: HTMLElement): void {
  const from = anchor.getBoundingClientRect()
  const { width, height } = element.getBoundingClientRect()
  const above = from.top - height - GAP
  const top = above >= GAP ? above : Math.min(from.bottom + GAP, window.innerHeight - height - GAP)
  const left = Math.min(Math.max(GAP, from.left + from.width / 2 - width / 2), window.innerWidth - width - GAP)
  element.style.top = `${top}px`
  element.style.left = `${left}px`
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1
  const steps: Record<string, number> = {
    ArrowRight: at + forward,
    ArrowLeft: at - forward,
    ArrowDown: at + COLUMNS,
    ArrowUp: at - COLUMNS,
    Home: 0,
    End: buttons.length - 1,
  }
  const to = steps[event.key]
  if (to === undefined) return
  event.preventDefault()
  event.stopPropagation()
  buttons[to]?.focus()
}

// --- types ---

export interface PickerProps {
  /** The button it belongs to; null: closed. */
  anchor: HTMLElement | null
  emoji?: readonly string[] | undefined
  /** The emoji that the reader has set already. */
  chosen: readonly string[]
  onPick(emoji: string, on: boolean): void
  onClose(): void
}
