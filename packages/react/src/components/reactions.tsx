'use client'
/** Reactions: who reacted with what, as toggle buttons below a message. */
import type { Message } from '@parlor/client'
import { createContext, memo, type ReactNode, useContext } from 'react'
import { useStrings } from '../chat-context.ts'
import { type ChatStrings, fill, fillCount, isolate } from '../strings.ts'

/** Names by user id: only messages with reactions read it, so only they render again when a member is renamed. */
export const NamesContext = createContext<ReadonlyMap<string, string>>(new Map())

export const Reactions = memo(function Reactions(props: ReactionsProps): ReactNode {
  const { message, userId, isReachable, canReact, locale, onReact } = props
  const strings = useStrings()
  const names = useContext(NamesContext)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div className="parlor-reactions" role="group" aria-label={strings.reactions}>
      {message.reactions.map(({ emoji, userIds, mine }) => {
        const count = locale ? new Intl.NumberFormat(locale).format(userIds.length) : userIds.length
        const givers = listNames(userIds, userId, names, strings, locale)
        const label = fill(strings.reactedBy, { emoji, count, names: givers })
        return (
          <button
            key={emoji}
            type="button"
            className="parlor-reaction"
            aria-pressed={mine}
            aria-label={label}
            title={label}
            aria-disabled={!canReact}
            tabIndex={isReachable ? 0 : -1}
            onClick={() => canReact && onReact(message.id, emoji, !mine)}
          >
            <span className="parlor-reaction-emoji">{emoji}</span> <span>{count}</span>
          </button>
        )
      })}
    </div>
  )
})

/** The reader first, then the others in their order; after a few, only how many more. */
function listNames(
  userIds: readonly string[],
  userId: string | undefined,
  names: ReadonlyMap<string, string>,
  strings: ChatStrings,
  locale: string | undefined,
): string {
  const others = userIds.filter((id) => id !== userId)
  const shown = (others.length < userIds.length ? [strings.you] : []).concat(
    others.slice(0, MAX_NAMES).map((id) => isolate(names.get(id) ?? strings.someone)),
  )
  const more = others.length - MAX_NAMES
  if (more > 0) return fillCount(strings.andOthers, more, locale, { names: shown.join(', ') })
  return locale ? new Intl.ListFormat(locale).format(shown) : shown.join(', ')
}

/** What fits a tooltip, and a listener's patience. */
const MAX_NAMES = 8

// --- types ---

export interface ReactionsProps {
  message: Message
  /** The reader's id; undefined until it is known. */
  userId: string | undefined
  isReachable: boolean
  canReact: boolean
  locale: string | undefined
  onReact(id: string, emoji: string, on: boolean): void
}
