/** Orders: what the rig may ask of the saboteur in the service's process. */

/** Where the service can be made to die. */
export const DEATH_POINTS = [
  'before the commit',
  'between commit and ack',
  'between commit and publish',
  'between ack and delivery',
] as const

// --- types ---

export type DeathPoint = (typeof DEATH_POINTS)[number]

export type Order =
  /** Dies at this point, the `after`-th time that it comes there. */
  | { do: 'die'; at: DeathPoint; after: number }
  /** The system's clock is off by this much from now on. */
  | { do: 'shift clock'; ms: number }
  /** Each of the next `count` commits takes this much longer. */
  | { do: 'slow commits'; count: number; ms: number }
