/** Schedule: everything that a simulated run does, drawn from its seed before it begins. */
import { createRandom } from '../support/random.ts'

/** The schedule of a seed: always the same one. */
export function createSchedule(seed: number): Schedule {
  const random = createRandom(seed)
  const nodes = random() < 0.5 ? 1 : 2
  const sharesConnections = random() < 0.5
  const people = sharesConnections ? ['ada', 'ada', 'bob', 'ada', 'cy'] : ['ada', 'bob', 'ada', 'cy']
  const users = people.slice(0, 2 + Math.floor(random() * (people.length - 1)))
  const count = 15 + Math.floor(random() * 60)
  const actions = Array.from({ length: count }, () => createAction(random))
  const showsSignals = random() < 0.5
  return { seed, nodes, users, sharesConnections, showsSignals, actions }
}

/** For people: one line for each action. */
export function printSchedule({ seed, nodes, users, sharesConnections, showsSignals, actions }: Schedule): string {
  const lines = actions.map(({ afterMs, kind, a, b, c }) => {
    const numbers = [a, b, c].map((number) => number.toFixed(4)).join(' ')
    return `  +${String(afterMs).padStart(5)} ms  ${kind.padEnd(14)} ${numbers}`
  })
  const pages = `${sharesConnections ? 'sharing ' : ''}pages${showsSignals ? ' with signals' : ''} of ${users.join(', ')}`
  return [`seed ${seed}: ${nodes} node(s), ${pages}, ${actions.length} actions`, ...lines].join('\n')
}

function createAction(random: () => number): Action {
  const gap = random()
  const afterMs = gap < 0.25 ? 0 : gap < 0.85 ? Math.floor(random() * 200) : Math.floor(random() * 4_000)
  return { afterMs, kind: pickKind(random()), a: random(), b: random(), c: random() }
}

function pickKind(at: number): ActionKind {
  let left = at * TOTAL_WEIGHT
  for (const [kind, weight] of WEIGHED_KINDS) {
    left -= weight
    if (left < 0) return kind as ActionKind
  }
  return 'send'
}

/** How often each action is drawn, in relation to the others. */
const WEIGHTS = {
  // people
  send: 26,
  sendMany: 5,
  edit: 7,
  remove: 3,
  react: 7,
  discard: 6,
  retry: 5,
  loadOlder: 6,
  loadNewer: 4,
  jump: 4,
  jumpToLatest: 2,
  loadMembers: 1,
  openRoom: 3,
  closeRoom: 3,
  join: 3,
  leave: 2,
  kick: 2,
  snapshot: 2,
  reload: 2,
  suspend: 1,
  wake: 2,
  killPage: 2,
  freezePage: 0.7,
  // the app's server
  serverRemove: 3,
  serverAdd: 4,
  serverRename: 1.5,
  serverSend: 3,
  flood: 0.12,
  tokenTrouble: 1,
  // the network
  cut: 6,
  halfOpen: 2,
  lateCut: 4,
  stall: 3,
  // the service
  crash: 2,
  drain: 1,
  databaseRestart: 0.7,
  restore: 0.7,
  loseAnswers: 4,
  stuckWrites: 1.5,
  databaseOutage: 1,
  busOutage: 1.5,
  quiet: 1,
} as const

const WEIGHED_KINDS = Object.entries(WEIGHTS)

const TOTAL_WEIGHT = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0)

// --- types ---

export type ActionKind = keyof typeof WEIGHTS

/** `a`, `b`, `c`: numbers below 1 that pick among what there is when the action runs. */
export interface Action {
  afterMs: number
  kind: ActionKind
  a: number
  b: number
  c: number
}

export interface Schedule {
  seed: number
  nodes: 1 | 2
  /** One page each. */
  users: readonly string[]
  /** Whether the pages of one person share a connection; left out: each has its own. */
  sharesConnections?: boolean
  /** Whether pages show who writes and who is there. */
  showsSignals?: boolean
  actions: readonly Action[]
}
