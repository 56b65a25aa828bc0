/** The components' icons: 20 by 20, drawn in the current colour, silent. */
import type { ReactNode } from 'react'

function icon(...paths: string[]): () => ReactNode {
  return () => (
    <svg className="parlor-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {paths.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  )
}

export const SendIcon = icon('M10 16V4.5', 'M5 9.2 10 4.2l5 5')
export const SmileIcon = icon(
  'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4Z',
  'M6.9 11.9c.7 1.1 1.8 1.7 3.1 1.7s2.4-.6 3.1-1.7',
  'M7.6 8.1v.1',
  'M12.4 8.1v.1',
)
export const EditIcon = icon('M3.5 16.5h3L16 7l-3-3-9.5 9.5v3Z', 'M11.2 5.8l3 3')
export const TrashIcon = icon('M4 5.8h12', 'M8 5.6V3.9h4v1.7', 'M5.6 6l.7 10.2h7.4L14.4 6', 'M8.6 9v4.4', 'M11.4 9v4.4')
export const RetryIcon = icon('M15.8 7.2A6.4 6.4 0 1 0 16.4 11', 'M16.2 3.6v3.8h-3.8')
export const CloseIcon = icon('M5.2 5.2l9.6 9.6', 'M14.8 5.2l-9.6 9.6')
export const CheckIcon = icon('M4.2 10.6l3.8 3.8 7.8-8.6')
export const ClockIcon = icon('M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z', 'M10 6.4V10l2.4 1.7')
export const AlertIcon = icon('M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4Z', 'M10 6.2v4.6', 'M10 13.7v.1')
export const DownIcon = icon('M10 4v11.5', 'M5 10.8l5 5 5-5')
