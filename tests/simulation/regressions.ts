/** Regressions: every schedule that ever found a bug, made as short as it still found it. */
import type { Schedule } from './schedule.ts'

/** Whole schedules, because a seed means another one as soon as an action is added. `npm run simulate` prints them so. */
export const REGRESSIONS: readonly Regression[] = [
  {
    about: 'G3: a session that went live ahead of its feed, which a second read had set back, got a range twice',
    schedule: {
      seed: 484,
      nodes: 1,
      users: ['ada', 'bob'],
      actions: [
        { afterMs: 0, kind: 'send', a: 0.9497634863946587, b: 0.7698519355617464, c: 0.21428796416148543 },
        { afterMs: 184, kind: 'discard', a: 0.5943789533339441, b: 0.8471253251191229, c: 0.6313854514155537 },
        { afterMs: 60, kind: 'serverRename', a: 0.5940177720040083, b: 0.5403678719885647, c: 0.7757723068352789 },
      ],
    },
  },
  {
    about: 'G1: who came back to a node that had not heard of their acknowledged message lost sight of it',
    schedule: {
      seed: 20457,
      nodes: 2,
      users: ['ada', 'ada', 'bob', 'ada', 'cy'],
      sharesConnections: true,
      actions: [
        { afterMs: 0, kind: 'cut', a: 0.7547982884570956, b: 0.8909336801152676, c: 0.44442375120706856 },
        { afterMs: 164, kind: 'send', a: 0.03474699170328677, b: 0.16537779639475048, c: 0.6091731449123472 },
        { afterMs: 79, kind: 'send', a: 0.1776480481494218, b: 0.40317625156603754, c: 0.3340095360763371 },
        { afterMs: 71, kind: 'cut', a: 0.750876234145835, b: 0.7684474040288478, c: 0.8694356682244688 },
        { afterMs: 0, kind: 'send', a: 0.9996483493596315, b: 0.09693867154419422, c: 0.8910127691924572 },
        { afterMs: 47, kind: 'quiet', a: 0.39825328649021685, b: 0.2802544317673892, c: 0.55043615703471 },
      ],
    },
  },
  {
    about: 'G14: a reaction stayed in sight whose change a restored backup had taken back',
    schedule: {
      seed: 302294,
      nodes: 2,
      users: ['ada', 'bob'],
      actions: [
        { afterMs: 86, kind: 'edit', a: 0.6080002400558442, b: 0.8833250503521413, c: 0.2525295710656792 },
        { afterMs: 0, kind: 'send', a: 0.19392515462823212, b: 0.24476518481969833, c: 0.3378031044267118 },
        { afterMs: 64, kind: 'react', a: 0.3823242785874754, b: 0.06090724258683622, c: 0.7524778966326267 },
        { afterMs: 35, kind: 'restore', a: 0.0976177635602653, b: 0.5378234875388443, c: 0.5867416327819228 },
      ],
    },
  },
  {
    about: 'G1: a message that was acknowledged before its room had answered went out of sight until its row came',
    schedule: {
      seed: 75,
      nodes: 1,
      users: ['ada', 'bob'],
      actions: [{ afterMs: 0, kind: 'send', a: 0.39380737603642046, b: 0.4973152978345752, c: 0.7906158487312496 }],
    },
  },
  {
    about: 'G5: a page of history that came after its reader was removed was waited for without end',
    schedule: {
      seed: 1165,
      nodes: 1,
      users: ['ada', 'bob', 'ada'],
      actions: [
        { afterMs: 16, kind: 'kick', a: 0.25821957271546125, b: 0.5636524511501193, c: 0.6518233770038933 },
        { afterMs: 92, kind: 'serverAdd', a: 0.8765354051720351, b: 0.9304622700437903, c: 0.4251491595059633 },
        { afterMs: 122, kind: 'loadOlder', a: 0.49854411790147424, b: 0.8740489033516496, c: 0.20200013765133917 },
        { afterMs: 139, kind: 'serverRemove', a: 0.27890927577391267, b: 0.7669079755432904, c: 0.43996011768467724 },
      ],
    },
  },
  {
    about: 'G5: an edit that was refused after its author had left was done late, when they were back',
    schedule: {
      seed: 43748,
      nodes: 2,
      users: ['ada', 'bob', 'ada', 'cy'],
      actions: [
        { afterMs: 71, kind: 'lateCut', a: 0.5020304874051362, b: 0.2590227578766644, c: 0.390362300677225 },
        { afterMs: 187, kind: 'loadOlder', a: 0.6763256234116852, b: 0.016422032611444592, c: 0.8010064165573567 },
        { afterMs: 185, kind: 'loadOlder', a: 0.03645521611906588, b: 0.26625164039433, c: 0.4564472194761038 },
        { afterMs: 32, kind: 'crash', a: 0.5023287509102374, b: 0.5804869022686034, c: 0.9881169514264911 },
        { afterMs: 0, kind: 'leave', a: 0.6713007232174277, b: 0.23737988737411797, c: 0.7398227259982377 },
        { afterMs: 97, kind: 'edit', a: 0.9585667483042926, b: 0.92423987807706, c: 0.9699625608045608 },
        { afterMs: 124, kind: 'remove', a: 0.9285098414402455, b: 0.3952934956178069, c: 0.23173822276294231 },
        { afterMs: 19, kind: 'edit', a: 0.12851076177321374, b: 0.16259253141470253, c: 0.17786280112341046 },
        { afterMs: 0, kind: 'stuckWrites', a: 0.9379514087922871, b: 0.5550257053691894, c: 0.5711691877804697 },
        { afterMs: 3321, kind: 'cut', a: 0.13386556738987565, b: 0.1959972840268165, c: 0.18656875123269856 },
        { afterMs: 64, kind: 'react', a: 0.08718900987878442, b: 0.4449432771652937, c: 0.0413621892221272 },
      ],
    },
  },
]

// --- types ---

interface Regression {
  about: string
  schedule: Schedule
}
