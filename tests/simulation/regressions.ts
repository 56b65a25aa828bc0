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
  {
    about: 'G5: a page of history from above where a restored backup ended was waited for without end',
    schedule: {
      seed: 2374,
      nodes: 1,
      users: ['ada', 'bob', 'ada', 'cy'],
      actions: [
        { afterMs: 1851, kind: 'serverRemove', a: 0.3158150140661746, b: 0.11247127479873598, c: 0.09359968267381191 },
        { afterMs: 129, kind: 'join', a: 0.4521518654655665, b: 0.1275404419284314, c: 0.20606541587039828 },
        { afterMs: 0, kind: 'stuckWrites', a: 0.4502652471419424, b: 0.20937120728194714, c: 0.6582806829828769 },
        { afterMs: 3450, kind: 'jump', a: 0.13526936317794025, b: 0.2344622048549354, c: 0.7572376928292215 },
        { afterMs: 161, kind: 'react', a: 0.4448031554929912, b: 0.469433780759573, c: 0.18837878364138305 },
        { afterMs: 142, kind: 'closeRoom', a: 0.4848635862581432, b: 0.39439454954117537, c: 0.23160213814117014 },
        { afterMs: 101, kind: 'lateCut', a: 0.9263639736454934, b: 0.8547531974036247, c: 0.7975225755944848 },
        { afterMs: 1429, kind: 'serverSend', a: 0.9667672680225223, b: 0.3463194838259369, c: 0.784537663217634 },
        { afterMs: 66, kind: 'killPage', a: 0.806316057452932, b: 0.3233268226031214, c: 0.9928092968184501 },
        { afterMs: 0, kind: 'send', a: 0.9334771039430052, b: 0.7359711152967066, c: 0.2195059487130493 },
        { afterMs: 0, kind: 'send', a: 0.808418451808393, b: 0.14112285058945417, c: 0.7936390163376927 },
        { afterMs: 0, kind: 'sendMany', a: 0.9595499576535076, b: 0.3170406811404973, c: 0.27650683419778943 },
        { afterMs: 8, kind: 'loadOlder', a: 0.7708007607143372, b: 0.43311767815612257, c: 0.5553270129021257 },
        { afterMs: 0, kind: 'kick', a: 0.8096596584655344, b: 0.4955718086566776, c: 0.6161958903539926 },
        { afterMs: 0, kind: 'reload', a: 0.3257634397596121, b: 0.0017699731979519129, c: 0.4019806415308267 },
        { afterMs: 130, kind: 'send', a: 0.3176772468723357, b: 0.03974944190122187, c: 0.4053400489501655 },
        { afterMs: 0, kind: 'join', a: 0.8651507834438235, b: 0.27352350763976574, c: 0.3903857138939202 },
        { afterMs: 2371, kind: 'send', a: 0.7692015001084656, b: 0.5290203960612416, c: 0.7353231671731919 },
        { afterMs: 91, kind: 'send', a: 0.27490615588612854, b: 0.8027950727846473, c: 0.8485447457060218 },
        { afterMs: 163, kind: 'react', a: 0.07206754246726632, b: 0.31625881022773683, c: 0.547986580291763 },
        { afterMs: 85, kind: 'cut', a: 0.19376599532552063, b: 0.6056707431562245, c: 0.9368815382476896 },
        { afterMs: 126, kind: 'react', a: 0.10933097917586565, b: 0.7883049971424043, c: 0.022963119437918067 },
        { afterMs: 48, kind: 'loadOlder', a: 0.29902645386755466, b: 0.12445369944907725, c: 0.3717931902501732 },
        { afterMs: 12, kind: 'send', a: 0.039101692382246256, b: 0.7171972678042948, c: 0.675207981839776 },
        { afterMs: 45, kind: 'quiet', a: 0.7259122633840889, b: 0.8365998938679695, c: 0.7603881892282516 },
        { afterMs: 0, kind: 'restore', a: 0.6346906770486385, b: 0.14006975525990129, c: 0.8653189435135573 },
      ],
    },
  },
  {
    about:
      'G1: what a second connection acknowledged before the room’s first rows went out of sight until its row came',
    schedule: {
      seed: 44495,
      nodes: 2,
      users: ['ada', 'ada', 'bob', 'ada', 'cy'],
      sharesConnections: true,
      actions: [
        { afterMs: 45, kind: 'jump', a: 0.28674841159954667, b: 0.4865152433048934, c: 0.31251345900818706 },
        { afterMs: 124, kind: 'crash', a: 0.10041700839065015, b: 0.8357006586156785, c: 0.5693179548252374 },
        { afterMs: 0, kind: 'send', a: 0.9743486463557929, b: 0.6978045292198658, c: 0.03461854602210224 },
        { afterMs: 43, kind: 'jump', a: 0.3359895357862115, b: 0.5998870320618153, c: 0.6603818058501929 },
        { afterMs: 24, kind: 'lateCut', a: 0.9817758405115455, b: 0.8257312462665141, c: 0.09860318363644183 },
      ],
    },
  },
  {
    about: 'G3: a page that was made to stand still twice at once lost what it was told meanwhile',
    schedule: {
      seed: 4406,
      nodes: 2,
      users: ['ada', 'ada', 'bob'],
      sharesConnections: true,
      actions: [
        { afterMs: 2976, kind: 'freezePage', a: 0.20958125940524042, b: 0.22264658915810287, c: 0.9738983395509422 },
        { afterMs: 184, kind: 'react', a: 0.4201097881887108, b: 0.4307795481290668, c: 0.5165400942787528 },
        { afterMs: 81, kind: 'loseAnswers', a: 0.3222231522668153, b: 0.5588094983249903, c: 0.40303667495027184 },
        { afterMs: 6, kind: 'freezePage', a: 0.13763906224630773, b: 0.32934885332360864, c: 0.3118426166474819 },
      ],
    },
  },
  {
    about: 'G5: a message lay on the device when its page went, and its author had just discarded it',
    schedule: {
      seed: 6508,
      nodes: 1,
      users: ['ada', 'bob', 'ada'],
      actions: [
        { afterMs: 0, kind: 'crash', a: 0.345646700123325, b: 0.2625037059187889, c: 0.7595912131946534 },
        { afterMs: 0, kind: 'send', a: 0.9966428675688803, b: 0.811130560701713, c: 0.778587891953066 },
        { afterMs: 160, kind: 'discard', a: 0.6710519730113447, b: 0.8870253947097808, c: 0.9597660468425602 },
        { afterMs: 0, kind: 'reload', a: 0.8408384965732694, b: 0.935057490831241, c: 0.8840048827696592 },
      ],
    },
  },
  {
    about: 'G2: a page that took over what two pages had left was held to an order that nobody had typed',
    schedule: {
      seed: 7851,
      nodes: 1,
      users: ['ada', 'bob', 'ada'],
      actions: [
        { afterMs: 319, kind: 'sendMany', a: 0.8073655129410326, b: 0.017789115197956562, c: 0.27695510094054043 },
        { afterMs: 127, kind: 'stall', a: 0.5907376641407609, b: 0.8698480259627104, c: 0.21223670383915305 },
        { afterMs: 198, kind: 'send', a: 0.3580935390200466, b: 0.8153765089809895, c: 0.20666401251219213 },
        { afterMs: 94, kind: 'busOutage', a: 0.8202297349926084, b: 0.5731475029606372, c: 0.6813952743541449 },
        { afterMs: 110, kind: 'send', a: 0.2561492344830185, b: 0.26264101825654507, c: 0.7056643394753337 },
        { afterMs: 23, kind: 'leave', a: 0.6650394573807716, b: 0.014769766014069319, c: 0.8716315866913646 },
        { afterMs: 197, kind: 'loadOlder', a: 0.6983344350010157, b: 0.24024078412912786, c: 0.5071924265939742 },
        { afterMs: 2236, kind: 'reload', a: 0.14806431625038385, b: 0.9144613426178694, c: 0.9217354867141694 },
        { afterMs: 64, kind: 'stall', a: 0.06166874384507537, b: 0.8239900844637305, c: 0.5927189332433045 },
        { afterMs: 114, kind: 'send', a: 0.11056538578122854, b: 0.4731732595246285, c: 0.731908498564735 },
        { afterMs: 77, kind: 'stall', a: 0.9484694164711982, b: 0.6233509371522814, c: 0.7024804700631648 },
        { afterMs: 177, kind: 'remove', a: 0.4129448819439858, b: 0.490394041640684, c: 0.9837336004711688 },
        { afterMs: 184, kind: 'jump', a: 0.9559221146628261, b: 0.10594762954860926, c: 0.51302336063236 },
        { afterMs: 175, kind: 'send', a: 0.03139875363558531, b: 0.4811165523715317, c: 0.14133492088876665 },
        { afterMs: 0, kind: 'send', a: 0.7527454546652734, b: 0.3418711519334465, c: 0.4060558571945876 },
        { afterMs: 80, kind: 'tokenTrouble', a: 0.6533636774402112, b: 0.13825786556117237, c: 0.6187214725650847 },
        { afterMs: 0, kind: 'serverAdd', a: 0.7541720371227711, b: 0.827146026538685, c: 0.5361297470517457 },
        { afterMs: 1924, kind: 'send', a: 0.15064483135938644, b: 0.9644975089468062, c: 0.23296409170143306 },
        { afterMs: 1, kind: 'sendMany', a: 0.4035627448465675, b: 0.3716935880947858, c: 0.1915957760065794 },
        { afterMs: 127, kind: 'killPage', a: 0.06823504599742591, b: 0.5932168681174517, c: 0.4114124099723995 },
        { afterMs: 16, kind: 'send', a: 0.39478682866320014, b: 0.27814479009248316, c: 0.8519677889999002 },
        { afterMs: 0, kind: 'killPage', a: 0.9434472401626408, b: 0.7389803971163929, c: 0.9539249036461115 },
        { afterMs: 0, kind: 'reload', a: 0.9020495212171227, b: 0.8897391259670258, c: 0.29064838914200664 },
        { afterMs: 0, kind: 'send', a: 0.9315048847347498, b: 0.8718649088405073, c: 0.16582000302150846 },
        { afterMs: 0, kind: 'send', a: 0.2958985189907253, b: 0.5918519212864339, c: 0.21184779494069517 },
        { afterMs: 116, kind: 'loseAnswers', a: 0.8546784957870841, b: 0.23533718404360116, c: 0.8379553274717182 },
        { afterMs: 3078, kind: 'stall', a: 0.9514507451094687, b: 0.14518230734393, c: 0.9314487066585571 },
        { afterMs: 153, kind: 'remove', a: 0.4007220163475722, b: 0.34952014219015837, c: 0.849283657502383 },
        { afterMs: 55, kind: 'busOutage', a: 0.706651272950694, b: 0.7763494900427759, c: 0.44568244577385485 },
      ],
    },
  },
]

// --- types ---

interface Regression {
  about: string
  schedule: Schedule
}
