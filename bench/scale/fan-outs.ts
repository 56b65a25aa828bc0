/** Fan-outs are the plans whose arithmetic the simulation checks, and how far it may be off. */
import type { Constants } from './constants.ts'
import { makePlan, type Plan } from './plan.ts'
import { PROFILES } from './profiles.ts'
import { simulateFanOut } from './simulate-fan-out.ts'
import { atMost, type Verdict, within } from './verdict.ts'

/** Plays every profile at a million connections, and the one with the largest rooms at ten. */
export function runFanOuts(
  constants: Constants,
  createRandom: (seed: number) => () => number,
  seed: number,
): FanOutRun[] {
  const plans = PROFILES.map((profile) => makePlan(profile, 1_000_000, constants))
  const largest = plans.reduce((most, plan) => (plan.deliveries > most.deliveries ? plan : most))
  return [...plans, makePlan(largest.profile, 10_000_000, constants)].map((plan) => ({
    plan,
    verdicts: judge(plan, constants, createRandom(seed)),
  }))
}

function judge(plan: Plan, constants: Constants, random: () => number): Verdict[] {
  const seen = simulateFanOut(plan, constants, random)
  const perNode = plan.nodeCores / plan.nodes
  const perShard = plan.redisCores / plan.redisShards
  const ofSignals = (plan.redisCores - plan.redisMessageCores) / plan.redisShards
  const standing = (plan.nodeCores - plan.messageCores) / plan.nodes
  return [
    within('deliveries a second', plan.deliveries, seen.deliveriesPerSecond, OFF_BY),
    within('nodes that a message reaches', plan.receives / plan.messages, seen.receivesPerMessage, OFF_BY),
    within('rooms on all nodes', plan.placesOnNodes, seen.placesOnNodes, OFF_BY),
    within('cores for messages, all nodes', plan.messageCores, seen.nodeCores, OFF_BY),
    within('cores of Redis for messages', plan.redisMessageCores, seen.redisCores, OFF_BY),
    atMost('cores of the busiest node in its busiest second', perNode, seen.busiestNode + standing, FULL),
    atMost('cores of the busiest shard in its busiest second', perShard, seen.busiestShard + ofSignals, FULL),
  ]
}

/** Rates vary by chance: of 9,000 messages in a run, by 1 % as a rule. */
const OFF_BY = 0.05

/** Of a core: above it, work begins to queue. */
const FULL = 0.9

// --- types ---

export interface FanOutRun {
  plan: Plan
  verdicts: readonly Verdict[]
}
