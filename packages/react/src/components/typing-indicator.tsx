'use client'
/** TypingIndicator: a line that says who is writing. It takes the same room when nobody does, so that nothing moves. */
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useStrings } from '../chat-context.ts'
import { type ChatStrings, fill, fillCount, isolate } from '../strings.ts'
import { type UseTypingResult, useTyping } from '../use-typing.ts'

export function TypingIndicator({ roomId }: TypingIndicatorProps): ReactNode {
  const strings = useStrings()
  const typing = useTyping(roomId)
  const text = describe(typing, strings)
  const spoken = useSpoken(text)
  return (
    <div className="parlor parlor-typing" data-active={text !== '' || undefined}>
      {text !== '' && (
        <p className="parlor-typing-line" aria-hidden="true">
          <span className="parlor-typing-dots">
            <span />
            <span />
            <span />
          </span>
          <span className="parlor-typing-text">{text}</span>
        </p>
      )}
      <span className="parlor-hidden" role="status">
        {spoken}
      </span>
    </div>
  )
}

/** A screen reader hears of who goes on writing for a moment, and then of nobody for a while; never that somebody stopped. */
function useSpoken(text: string): string {
  const [spoken, setSpoken] = useState('')
  const quietUntil = useRef(0)
  useEffect(() => {
    if (text === '') {
      setSpoken('')
      return
    }
    const wait = Math.max(SETTLE_MS, quietUntil.current - performance.now())
    const timer = setTimeout(() => {
      quietUntil.current = performance.now() + QUIET_MS
      setSpoken(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text])
  return spoken
}

/** Who only touched a key is done by then. */
const SETTLE_MS = 1_000

/** A lively room would talk without end. */
const QUIET_MS = 15_000

function describe({ typers, count }: UseTypingResult, strings: ChatStrings): string {
  const [first, second] = typers.map(({ name }) => isolate(name ?? strings.someone))
  if (count === 0) return ''
  if (first === undefined) return fillCount(strings.typingMany, count, undefined)
  if (count === 1) return fill(strings.typingOne, { name: first })
  if (count === 2 && second !== undefined) return fill(strings.typingTwo, { name: first, other: second })
  return fillCount(strings.typingOthers, count - 1, undefined, { name: first })
}

// --- types ---

export interface TypingIndicatorProps {
  roomId: string
}
