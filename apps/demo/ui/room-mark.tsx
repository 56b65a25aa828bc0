/** RoomMark draws a room as its table seen from above: the same room always has the same table and seats. */
import { hashOf } from './people.ts'
import css from './room-mark.module.css'
import { PUBLIC_ROOMS } from './rooms.ts'

export function RoomMark({ roomId, size = 40 }: { roomId: string; size?: number }) {
  const table = tableOf(roomId)
  return (
    <svg width={size} height={size} viewBox="0 0 40 40" aria-hidden="true" className={css.mark} data-tone={table.tone}>
      <rect width="40" height="40" rx="11" className={css.floor} />
      <rect
        x={20 - table.width / 2}
        y={20 - table.height / 2}
        width={table.width}
        height={table.height}
        rx={table.corner}
        className={css.table}
      />
      {table.seats.map(({ x, y, angle }) => (
        <rect
          key={`${x} ${y}`}
          x={x - 2.6}
          y={y - 1.3}
          width="5.2"
          height="2.6"
          rx="1.3"
          transform={`rotate(${angle} ${x} ${y})`}
          className={css.seat}
        />
      ))}
    </svg>
  )
}

function tableOf(roomId: string): Table {
  const hash = hashOf(roomId)
  const tone = PUBLIC_ROOMS.find(({ id }) => id === roomId)?.tone ?? hash % 5
  const shape = (hash >>> 8) % 3
  if (shape === 0) {
    const count = 4 + ((hash >>> 16) % 3)
    const turn = (hash >>> 20) % 90
    const seats = Array.from({ length: count }, (_, i) => around(turn + (360 / count) * i, 12.6))
    return { tone, width: 16, height: 16, corner: 8, seats }
  }
  const upright = (hash >>> 16) % 2 === 0
  const [long, short] = shape === 1 ? [18, 9] : [13, 13]
  const seats: Seat[] = []
  for (const side of [-1, 1]) {
    for (const along of shape === 1 ? [-5, 5] : [-3.2, 3.2]) {
      const across = side * (short / 2 + 3.6)
      seats.push(upright ? { x: 20 + across, y: 20 + along, angle: 90 } : { x: 20 + along, y: 20 + across, angle: 0 })
    }
  }
  return { tone, width: upright ? short : long, height: upright ? long : short, corner: 3, seats }
}

/** A seat that faces the middle. Rounded, so that the server and the browser print the same numbers. */
function around(angle: number, radius: number): Seat {
  const radians = (angle * Math.PI) / 180
  return {
    x: Number((20 + radius * Math.sin(radians)).toFixed(2)),
    y: Number((20 - radius * Math.cos(radians)).toFixed(2)),
    angle,
  }
}

// --- types ---

interface Seat {
  x: number
  y: number
  angle: number
}

interface Table {
  /** Which of the five colours. */
  tone: number
  width: number
  height: number
  corner: number
  seats: Seat[]
}
