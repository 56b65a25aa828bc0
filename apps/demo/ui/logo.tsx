/** The demo's mark, a table seen from above with one free seat, and the word beside it. */
import css from './logo.module.css'

export function Logo() {
  return (
    <span className={css.logo}>
      <LogoMark />
      Parlor
    </span>
  )
}

export function LogoMark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className={css.mark}>
      <circle cx="16" cy="16" r="8" className={css.table} />
      {SEATS.map((angle, seat) => (
        <rect
          key={angle}
          x="11.5"
          y="1"
          width="9"
          height="4.5"
          rx="2.25"
          transform={`rotate(${angle} 16 16)`}
          className={seat === 0 ? css.free : css.seat}
        />
      ))}
    </svg>
  )
}

const SEATS = [45, 117, 189, 261, 333]
