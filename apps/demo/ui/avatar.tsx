/** Avatar shows who somebody is by initials in a colour that is always theirs. */

import css from './avatar.module.css'
import { hashOf, initialsOf } from './people.ts'

export function Avatar({ id, name, size = 32 }: { id: string; name: string; size?: number }) {
  return (
    <span
      className={css.avatar}
      data-tone={hashOf(id) % 8}
      style={{ width: size, height: size, fontSize: Math.round(size * 0.39) }}
      aria-hidden="true"
    >
      {initialsOf(name)}
    </span>
  )
}
