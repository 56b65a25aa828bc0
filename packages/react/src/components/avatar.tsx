'use client'
/** Avatar: somebody's picture, or their initials on a colour that is always theirs. */
import type { User } from '@parlor/client'
import { type ReactNode, useState } from 'react'

/** Says nothing to a screen reader: the name stands beside it. */
export function Avatar({ user, size = 'medium' }: AvatarProps): ReactNode {
  const [failed, setFailed] = useState<string | null>(null)
  const { picture } = user
  // A picture that failed before the page hydrated has no error event left to hear.
  const check = (image: HTMLImageElement | null): void => {
    if (image?.complete && image.naturalWidth === 0) setFailed(picture)
  }
  return (
    <span className="parlor-avatar" data-size={size} data-tone={toneOf(user.id)} aria-hidden="true">
      {picture && picture !== failed ? (
        <img
          ref={check}
          src={picture}
          alt=""
          loading="lazy"
          decoding="async"
          referrerPolicy="no-referrer"
          onError={() => setFailed(picture)}
        />
      ) : (
        initialsOf(user.name ?? user.id)
      )}
    </span>
  )
}

/** As many as styles.css has gradients. */
const TONES = 12

/** FNV-1a of the id: the same colour on every device, and in the server's HTML. */
export function toneOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % TONES
}

/** The first letters of the first and the last word; one letter for one word. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._@-]+/u).filter((word) => LETTER.test(word))
  const first = words[0]
  const last = words.length > 1 ? words.at(-1) : undefined
  return [first, last]
    .map((word) => (word ? (LETTER.exec(word)?.[0] ?? '') : ''))
    .join('')
    .toUpperCase()
}

const LETTER = /[\p{L}\p{N}\p{Extended_Pictographic}]/u

// --- types ---

export interface AvatarProps {
  user: Pick<User, 'id' | 'name' | 'picture'>
  size?: 'small' | 'medium' | 'large' | undefined
}
