/** RoomMark draws a room as its tables seen from above: the same room always has the same tables and seats. */
import { hashOf } from './people.ts'
import css from './room-mark.module.css'
import { PUBLIC_ROOMS } from './rooms.ts'

export function RoomMark({ roomId, size = 40 }: { roomId: string; size?: number }) {
  const known = PUBLIC_ROOMS.find(({ id }) => id === roomId)
  const hash = hashOf(roomId)
  const tone = known?.tone ?? hash % 5
  const { tables, seats } = LAYOUTS[known?.layout ?? (hash >>> 8) % LAYOUTS.length] ?? LAYOUTS[0]!
  return (
    <svg width={size} height={size} viewBox="0 0 40 40" aria-hidden="true" className={css.mark} data-tone={tone}>
      <rect width="40" height="40" rx="11" className={css.floor} />
      {tables.map(({ x, y, width, height, corner }) => (
        <rect
          key={`${x} ${y}`}
          x={x - width / 2}
          y={y - height / 2}
          width={width}
          height={height}
          rx={corner}
          className={css.table}
        />
      ))}
      {seats.map(({ x, y, angle }) => (
        <rect
          key={`${x} ${y}`}
          x={x - 2.75}
          y={y - 1.4}
          width="5.5"
          height="2.8"
          rx="1.4"
          transform={`rotate(${angle} ${x} ${y})`}
          className={css.seat}
        />
      ))}
    </svg>
  )
}

/** Seats around a point. Rounded, so that the server and the browser print the same numbers. */
function around(cx: number, cy: number, radius: number, angles: number[]): Seat[] {
  return angles.map((angle) => {
    const radians = (angle * Math.PI) / 180
    const x = Number((cx + radius * Math.sin(radians)).toFixed(2))
    const y = Number((cy - radius * Math.cos(radians)).toFixed(2))
    return { x, y, angle }
  })
}

function beside(x: number, ys: number[]): Seat[] {
  return ys.flatMap((y) => [x, 40 - x].map((side) => ({ x: side, y, angle: 90 })))
}

const circle = (x: number, y: number, diameter: number): Table => ({
  x,
  y,
  width: diameter,
  height: diameter,
  corner: diameter / 2,
})

/** The first three are those of the public rooms, as the floor plan has them. */
const LAYOUTS: readonly Layout[] = [
  { tables: [circle(20, 20, 15)], seats: around(20, 20, 12.3, [0, 60, 120, 180, 240, 300]) },
  { tables: [{ x: 20, y: 20, width: 10, height: 24, corner: 2.5 }], seats: beside(11.2, [12.5, 20, 27.5]) },
  {
    tables: [circle(12.6, 14, 7), circle(27.4, 26, 7)],
    seats: [...around(12.6, 14, 7, [0, 120, 240]), ...around(27.4, 26, 7, [60, 180, 300])],
  },
  { tables: [{ x: 20, y: 20, width: 14, height: 14, corner: 3 }], seats: around(20, 20, 11.4, [0, 90, 180, 270]) },
  { tables: [{ x: 20, y: 20, width: 22, height: 11, corner: 5.5 }], seats: around(20, 20, 9.6, [0, 180]) },
  { tables: [circle(20, 20, 17)], seats: around(20, 20, 13.2, [45, 135, 225, 315]) },
]

// --- types ---

interface Table {
  x: number
  y: number
  width: number
  height: number
  corner: number
}

interface Seat {
  x: number
  y: number
  /** Degrees. */
  angle: number
}

interface Layout {
  tables: Table[]
  seats: Seat[]
}
