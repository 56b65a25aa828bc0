/** FloorPlan draws the demo as a house seen from above: three open rooms, a private one, and a way to a free seat. */
import Link from 'next/link'
import css from './floor-plan.module.css'
import { roomPath } from './paths.ts'

/** @param isOpen whether its rooms can be entered: each is a link then. Otherwise it is a picture. */
export function FloorPlan({ className, isOpen = false }: { className?: string | undefined; isOpen?: boolean }) {
  return (
    <svg
      viewBox="0 0 600 600"
      className={className}
      role={isOpen ? 'group' : 'img'}
      aria-label={isOpen ? MAP : PICTURE}
    >
      <path className={css.general} d="M20 20H380V320H20z" />
      <path className={css.design} d="M380 20H580V320H380z" />
      <path className={css.random} d="M20 320H300V540H20z" />
      <path className={css.hall} d="M300 320H440V540H300z" />
      <path className={css.private} d="M440 320H580V540H440z" />

      <path
        className={css.doors}
        d="M312 320V270A50 50 0 0 1 362 320M434 320V276A44 44 0 0 0 390 320M300 370H250A50 50 0 0 0 300 420M400 540V480A60 60 0 0 0 340 540"
      />
      <path
        className={css.walls}
        d="M340 540H20V20H580V540H400M380 20V320M20 320H312M362 320H390M434 320H580M300 320V370M300 420V540M440 320V402M440 450V540"
      />
      <path className={css.closed} d="M440 402V450" />
      <path className={css.windows} d="M110 20H290M440 20H520M20 380V480M580 110V230" />

      <path className={css.way} pathLength="100" d="M370 562C370 450 352 420 338 332 330 288 306 264 275 243" />

      <circle className={css.generalTable} cx="200" cy="170" r="56" />
      {GENERAL.map(([angle, tone]) => (
        <Seat key={angle} cx={200} cy={170} angle={angle} radius={84} tone={tone} />
      ))}
      <g className={css.bubble}>
        <path d="M112 62h58a14 14 0 0 1 14 14v12a14 14 0 0 1-14 14h-38l-13 11v-11h-7a14 14 0 0 1-14-14V76a14 14 0 0 1 14-14z" />
        <circle cx="125" cy="82" r="4" />
        <circle cx="141" cy="82" r="4" />
        <circle cx="157" cy="82" r="4" />
      </g>

      <rect className={css.designTable} x="449" y="104" width="62" height="146" rx="8" />
      {DESIGN.map(([x, y, tone]) => (
        <Person key={`${x} ${y}`} x={x} y={y} turn={90} tone={tone} />
      ))}

      <circle className={css.randomTable} cx="96" cy="450" r="25" />
      {RANDOM_LEFT.map(([angle, tone]) => (
        <Seat key={angle} cx={96} cy={450} angle={angle} radius={46} tone={tone} />
      ))}
      <circle className={css.randomTable} cx="212" cy="472" r="25" />
      {RANDOM_RIGHT.map(([angle, tone]) => (
        <Seat key={angle} cx={212} cy={472} angle={angle} radius={46} tone={tone} />
      ))}

      <rect className={css.privateTable} x="490" y="420" width="40" height="40" rx="7" />
      <Person x={510} y={397} turn={0} tone={3} />
      <Person x={510} y={483} turn={0} tone={4} />

      <circle className={css.you} cx="370" cy="580" r="14" />

      <g className={css.labels}>
        {ROOMS.map(({ id, name, x, y, outline }) =>
          isOpen ? (
            <Link key={id} href={roomPath(id)} className={css.room}>
              <path className={css.door} d={outline} />
              <text x={x} y={y}>
                {name}
              </text>
            </Link>
          ) : (
            <text key={id} x={x} y={y}>
              {name}
            </text>
          ),
        )}
        <text x="464" y="356">
          Private
        </text>
        <text className={css.youLabel} x="394" y="585">
          You
        </text>
      </g>
    </svg>
  )
}

const MAP = 'Floor plan'
const PICTURE = 'A floor plan: General, Design and Random are open, and the door of a private room is closed.'

/** Inside its walls, and where its name stands. */
const ROOMS = [
  { id: 'general', name: 'General', x: 44, y: 296, outline: 'M24 24H376V316H24z' },
  { id: 'design', name: 'Design', x: 404, y: 56, outline: 'M384 24H576V316H384z' },
  { id: 'random', name: 'Random', x: 44, y: 356, outline: 'M24 324H296V536H24z' },
]

/** A chair at an angle around a table, with a person on it unless `tone` is null. */
function Seat({ cx, cy, angle, radius, tone }: SeatProps) {
  const radians = (angle * Math.PI) / 180
  // Rounded, so that the server and the browser print the same numbers.
  const x = Math.round(cx + radius * Math.sin(radians))
  const y = Math.round(cy - radius * Math.cos(radians))
  return <Person x={x} y={y} turn={angle} tone={tone} />
}

function Person({ x, y, turn, tone }: PersonProps) {
  return (
    <>
      <rect
        className={css.chair}
        x={x - 15}
        y={y - 7}
        width="30"
        height="14"
        rx="7"
        transform={`rotate(${turn} ${x} ${y})`}
      />
      {tone !== null && <circle className={css.person} data-tone={tone} cx={x} cy={y} r="12" />}
    </>
  )
}

/** Angle around the table in degrees from the top, and who sits there: a colour, or null for a free seat. */
type Place = readonly [angle: number, tone: number | null]

const GENERAL: readonly Place[] = [
  [0, 1],
  [45, null],
  [90, 5],
  [135, null],
  [180, 6],
  [225, 2],
  [270, null],
  [315, 4],
]

const RANDOM_LEFT: readonly Place[] = [
  [60, 7],
  [180, null],
  [300, 5],
]

const RANDOM_RIGHT: readonly Place[] = [
  [0, 2],
  [90, null],
  [180, null],
  [270, null],
]

const DESIGN: readonly (readonly [x: number, y: number, tone: number | null])[] = [
  [432, 130, 0],
  [432, 177, null],
  [432, 224, 6],
  [528, 130, null],
  [528, 177, 3],
  [528, 224, null],
]

// --- types ---

interface SeatProps {
  cx: number
  cy: number
  angle: number
  radius: number
  tone: number | null
}

interface PersonProps {
  x: number
  y: number
  turn: number
  tone: number | null
}
