/** The demo's icons: lines on a 20 by 20 grid, drawn in the text's colour and hidden from assistive technology. */
import type { ReactNode } from 'react'

export const PlusIcon = () => icon(<path d="M10 4v12M4 10h12" />)

export const BackIcon = () => icon(<path d="M12.5 4 6.5 10l6 6" />)

export const CloseIcon = () => icon(<path d="m5 5 10 10M15 5 5 15" />)

export const PeopleIcon = () =>
  icon(
    <>
      <circle cx="7.5" cy="7" r="2.75" />
      <path d="M2.25 16.25c.35-2.9 2.4-4.5 5.25-4.5s4.9 1.6 5.25 4.5M13 4.6a2.6 2.6 0 0 1 0 4.8M15 12.2c1.6.65 2.55 2.05 2.8 4.05" />
    </>,
  )

export const LeaveIcon = () => icon(<path d="M8 3.5H4.5v13H8M8.5 10H17m-3-3.25L17.25 10 14 13.25" />)

export const LockIcon = () =>
  icon(
    <>
      <rect x="4.5" y="9" width="11" height="7.5" rx="2" />
      <path d="M7 9V6.5a3 3 0 0 1 6 0V9" />
    </>,
  )

export const ThemeIcon = () =>
  icon(
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" stroke="none" />
    </>,
  )

function icon(children: ReactNode) {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  )
}
