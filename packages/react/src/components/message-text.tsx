/** MessageText: what somebody wrote, as text: lines kept, addresses made links, never HTML. */
import { memo, type ReactNode } from 'react'

/** `isReachable`: whether the Tab key stops at the links. */
export const MessageText = memo(function MessageText({ text, isReachable }: MessageTextProps): ReactNode {
  return splitLinks(text).map((part, index) =>
    part.href === undefined ? (
      part.text
    ) : (
      <a
        // biome-ignore lint/suspicious/noArrayIndexKey: parts are never reordered, only replaced with the text.
        key={index}
        className="parlor-link"
        href={part.href}
        title={part.href}
        target="_blank"
        rel="noopener noreferrer nofollow ugc"
        tabIndex={isReachable ? 0 : -1}
      >
        {part.text}
      </a>
    ),
  )
})

/** The text in order, cut where addresses begin and end. */
export function splitLinks(text: string): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(ADDRESS)) {
    const found = trimAddress(match[0])
    const href = hrefOf(found)
    if (href === undefined) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index) })
    end = match.index + found.length
    parts.push({ text: found, href })
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

/** Up to three emoji and nothing else: shown larger. */
export function isJumbo(text: string): boolean {
  if (text.length > MAX_JUMBO_CHARS || !ONLY_EMOJI.test(text)) return false
  return (text.match(EMOJI) ?? []).length <= 3
}

/** http, https and mailto only: nothing else may become a link. Bare mail addresses count as mailto. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"\u2066-\u2069\u202a-\u202e]+|\b(?:mailto:)?[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/giu

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** Three emoji of the longest kind, a family with skin tones, and the spaces between them. */
const MAX_JUMBO_CHARS = 80
const EMOJI =
  /\p{Regional_Indicator}{2}|(?:\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)(?:\u200d\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)*/gu
const ONLY_EMOJI =
  /^(?:\s*(?:\p{Regional_Indicator}{2}|(?:\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)(?:\u200d\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)*))+\s*$/u

/** Punctuation behind an address belongs to the sentence; a closing bracket too, unless it was opened inside. */
function trimAddress(address: string): string {
  const counts = new Map<string, number>()
  for (const character of address) counts.set(character, (counts.get(character) ?? 0) + 1)
  let length = address.length
  for (; length > 0; length--) {
    const last = address[length - 1]!
    const opening = BRACKETS[last]
    const isLoose = opening !== undefined && (counts.get(last) ?? 0) > (counts.get(opening) ?? 0)
    if (!isLoose && !/[.,:;!?'*_~…。、，！？]/u.test(last)) break
    counts.set(last, (counts.get(last) ?? 0) - 1)
  }
  return address.slice(0, length)
}

const BRACKETS: Record<string, string> = { ')': '(', ']': '[', '}': '{', '»': '«', '”': '“', '」': '「' }

function hrefOf(address: string): string | undefined {
  const full = /^(?:https?|mailto):/i.test(address) ? address : `mailto:${address}`
  if (!URL.canParse(full)) return undefined
  const url = new URL(full)
  return SCHEMES.has(url.protocol) ? url.href : undefined
}

// --- types ---

export interface MessageTextProps {
  text: string
  isReachable: boolean
}

interface Part {
  text: string
  href?: string
}
