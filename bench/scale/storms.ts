/** Storms are the outages that the simulation plays, and what must hold in those that the service is built for. */
import { LONGEST_WAIT_MS } from '../../packages/client/src/backoff.ts'
import type { Constants } from './constants.ts'
import { gatePerSecond, makePlan } from './plan.ts'
import { PROFILES, type Profile } from './profiles.ts'
import { RULES } from './rules.ts'
import { type Storm, type StormSeen, simulateStorm } from './simulate-storm.ts'
import { atLeast, atMost, between, type Verdict } from './verdict.ts'

/** Plays every storm. Each begins with a random of its own, so that one more changes none of the others. */
export function runStorms(
  constants: Constants,
  createRandom: (seed: number) => () => number,
  seed: number,
): StormRun[] {
  return listStorms(constants).map((named) => {
    const seen = simulateStorm(named.storm, constants, createRandom(seed))
    return { ...named, seen, verdicts: named.isJudged ? judge(named.storm, seen, constants) : [] }
  })
}

function listStorms(constants: Constants): NamedStorm[] {
  const of = (profile: Profile): Storm => {
    const { nodes, postgresVcpus: databaseCores } = makePlan(profile, MILLION, constants)
    const built = { hasJitter: true, hasGate: true, remembers: true }
    return { profile, clients: MILLION, nodes, databaseCores, outageMs: OUTAGE_MS, ...built }
  }
  const team = of(pickProfile('team chat'))
  const live = of(pickProfile('live event'))
  return [
    { name: 'team chat, a minute down', storm: team, isJudged: true },
    { name: 'the same without jitter', storm: { ...team, hasJitter: false }, isJudged: false },
    { name: 'without a gate', storm: { ...team, hasGate: false }, isJudged: false },
    { name: 'without either', storm: { ...team, hasJitter: false, hasGate: false }, isJudged: false },
    { name: 'team chat, all sockets cut', storm: { ...team, outageMs: 0 }, isJudged: true },
    { name: 'the same without a gate', storm: { ...team, outageMs: 0, hasGate: false }, isJudged: false },
    { name: 'live event, a minute down', storm: live, isJudged: true },
    { name: 'the same without memory', storm: { ...live, remembers: false }, isJudged: false },
    { name: 'one node with 10,000, restarted', storm: { ...team, ...ONE_NODE }, isJudged: true },
  ]
}

function judge(storm: Storm, seen: StormSeen, constants: Constants): Verdict[] {
  const gate = gatePerSecond(constants) * storm.nodes
  const readSeconds = (seen.placesOnNodes * constants.postgresReadUs) / 1e6 / storm.databaseCores
  const leastSeconds = Math.max(storm.clients / gate, readSeconds)
  // Who is refused last waits for the client's longest wait.
  const mostSeconds = RULES.backWithinS + LONGEST_WAIT_MS / 1_000
  return [
    atLeast('clients that are back', storm.clients, seen.back),
    between('seconds until all have their rooms', leastSeconds, seen.secondsToLive, mostSeconds),
    // Its burst comes on top in the first second.
    atMost('welcomes in the busiest second', gate, seen.peakWelcomes, gate * 1.25),
    atMost('tries that clients gave up', 0, seen.gaveUp, 0),
    atMost('reads for each room and node (G12)', 1, seen.reads / seen.placesOnNodes, 2),
  ]
}

function pickProfile(name: string): Profile {
  const found = PROFILES.find((profile) => profile.name === name)
  if (!found) throw new Error(`no profile is named ${name}`)
  return found
}

const MILLION = 1_000_000
/** By then every client waits as long as it ever does. */
const OUTAGE_MS = 60_000

/** What guarantee G12 is about, at its own size. */
const ONE_NODE: Partial<Storm> = { clients: 10_000, nodes: 1, databaseCores: 1, outageMs: 5_000 }

// --- types ---

export interface StormRun extends NamedStorm {
  seen: StormSeen
  verdicts: readonly Verdict[]
}

interface NamedStorm {
  name: string
  storm: Storm
  /** It is as the service is meant to be: what is promised must hold. */
  isJudged: boolean
}
