/** A log in which everything is right, and what the judge says to each single thing that is changed in it. */
import { describe, expect, test } from 'vitest'
import { type Final, formatEntry, type Invoke, type LogEntry, parseLog, type Shown, type WireItem } from '../log.ts'
import { judge } from './judge.ts'
import { type Connection, ModelLog, ROOM } from './model-log.contract.ts'

/** The lines of the log that the cases name. */
const LINE = {
  ...{ openAnn: 7, openBo: 12, askOne: 14, ackOne: 15, boOne: 16, okOne: 17, invokeEdit: 18, ackEdit: 20, boEdit: 21 },
  ...{
    invokeTwo: 24,
    askTwo: 25,
    ackTwo: 26,
    okTwo: 27,
    hello: 29,
    range: 30,
    askReact: 32,
    ackReact: 33,
    boReact: 34,
  },
  ...{ page: 37, final: 39, annShows: 40, boShows: 41 },
}

test('a log of a run in which everything was right has no violation', () => {
  expect(judge(makeLog())).toEqual([])
  expect(judge(makeLog(removals))).toEqual([])
})

test('a log that ends in the middle is judged as far as it goes', () => {
  const log = makeLog(removals)
  for (let length = 0; length < log.length; length++) expect(judge(log.slice(0, length))).toEqual([])
})

describe.each<Case>([
  // G1
  [
    '[G1] an acknowledged message that isn’t in history',
    'G1 ack-lost',
    [LINE.askOne, LINE.ackOne, LINE.final],
    (log) => {
      final(log).messages.shift()
      bare(log)
    },
  ],
  [
    '[G1] one that stands elsewhere than it was acknowledged',
    'G1 ack-moved',
    [LINE.askOne, LINE.ackOne, LINE.final],
    (log) => {
      row(final(log), 'm1').seq = 3
      bare(log)
    },
  ],
  [
    '[G1] one with another text',
    'G1 ack-changed',
    [LINE.askTwo, LINE.ackTwo, LINE.final],
    (log) => {
      row(final(log), 'm2').text = 'other'
    },
  ],
  [
    '[G1] one that is deleted though nobody deleted it',
    'G1 ack-deleted',
    [LINE.askTwo, LINE.ackTwo, LINE.final],
    (log) => {
      Object.assign(row(final(log), 'm2'), { text: '', reactions: [], deletedAt: 9, deletedBy: 'ann' })
    },
  ],
  [
    '[G1] an acknowledged edit that isn’t in the row',
    'G1 change-lost',
    [19, LINE.ackEdit, LINE.final],
    (log) => {
      Object.assign(row(final(log), 'm1'), { text: 'one', version: 4, textVersion: 4 })
    },
  ],
  [
    '[G1] a change that was acknowledged with the number of another',
    'G1 change-elsewhere',
    [19, LINE.ackEdit, LINE.ackTwo],
    (log) => {
      item(log, LINE.ackEdit, 0).ok.version = 6
    },
  ],
  [
    '[G1] a reaction that isn’t there',
    'G1 reaction-lost',
    [LINE.askReact, LINE.ackReact, LINE.final],
    (log) => {
      row(final(log), 'm2').reactions = []
    },
  ],
  [
    '[G1] one that is told as another author’s',
    'G1 ack-author',
    [LINE.askTwo, LINE.ackTwo, LINE.ackTwo],
    (log) => everywhere(log, 'm2', (message) => (message.user = { id: 'bo', name: null, picture: null })),
  ],
  [
    '[G1] one whose data was lost',
    'G1 ack-changed',
    [LINE.askTwo, LINE.ackTwo],
    (log) => Object.assign(frame(log, LINE.askTwo), { data: { file: 'a.png' } }),
  ],
  [
    '[G1] an acknowledged edit that was stored with another text',
    'G1 change-lost',
    [19, LINE.ackEdit],
    (log) => {
      everywhere(log, 'm1', (message) => message.version === 5 && Object.assign(message, { text: 'won' }))
      Object.assign(row(final(log), 'm1'), { text: '', deletedAt: 9, deletedBy: 'ann', version: 9 })
      bare(log)
    },
  ],
  [
    '[G1] a deleted message that is still told',
    'G1 tombstone-kept',
    [LINE.final],
    (log) => {
      Object.assign(row(final(log), 'm2'), { deletedAt: 9, deletedBy: 'ann', version: 9 })
      bare(log)
    },
  ],
  [
    '[G1] a message that nobody sent',
    'G1 unsent',
    [LINE.final],
    (log) => {
      final(log).messages.push({ ...row(final(log), 'm2'), id: 'm9', seq: 8, version: 8, ordinal: 3 })
    },
  ],
  // G2
  [
    '[G2] an event that isn’t the same for everybody',
    'G2 told-twice',
    [LINE.ackOne, LINE.boOne],
    (log) => {
      item(log, LINE.boOne, 0).message.text = 'won'
    },
  ],
  [
    '[G2] a number that two changes have',
    'G2 number-twice',
    [LINE.ackEdit, LINE.final],
    (log) => {
      final(log).messages.push({ ...row(final(log), 'm2'), id: 'm3', version: 5, seq: 8, ordinal: 3 })
    },
  ],
  [
    '[G2] a message whose place changes',
    'G2 moved',
    [LINE.ackOne, LINE.ackEdit],
    (log) => {
      for (const line of [LINE.ackEdit, LINE.boEdit]) change(log, line, (message) => (message.ordinal = 9))
    },
  ],
  [
    '[G2] an ordinal that nobody has',
    'G2 ordinal-hole',
    [LINE.final],
    (log) => {
      row(final(log), 'm2').ordinal = 3
    },
  ],
  [
    '[G2] history out of order',
    'G2 history-order',
    [LINE.final],
    (log) => {
      final(log).messages.reverse()
    },
  ],
  [
    '[G2] a number that is a change of nothing',
    'G2 number-missing',
    [LINE.ackReact, LINE.final],
    (log) => {
      final(log).head = 8
    },
  ],
  [
    '[G2] an event with a row of another version',
    'G2 event-version',
    [LINE.boReact],
    (log) => {
      item(log, LINE.boReact, 0).message.version = 6
    },
  ],
  [
    '[G2] messages of one page in another order than they were sent',
    'G2 sender-order',
    [13, LINE.invokeTwo, LINE.final],
    (log) => {
      for (const line of [13, LINE.askOne]) rename(log, line, 'm2')
      for (const line of [LINE.invokeTwo, LINE.askTwo]) rename(log, line, 'm1')
    },
  ],
  // G3
  [
    '[G3] an event that is left out',
    'G3 gap',
    [LINE.openBo, LINE.boEdit],
    (log) => {
      ;(log[LINE.boOne - 1] as Received).items = []
    },
  ],
  [
    '[G3] an event that comes again',
    'G3 repeat',
    [LINE.boOne, LINE.boOne],
    (log) => {
      const received = log[LINE.boOne - 1] as Received
      received.items.push(structuredClone(received.items[0] as WireItem))
    },
  ],
  [
    '[G3] an event in a room that isn’t open',
    'G3 not-open',
    [LINE.boOne],
    (log) => {
      delete item(log, LINE.openBo, 0).ok
    },
  ],
  [
    '[G3] a range above the position that was named',
    'G3 resume-gap',
    [LINE.hello, LINE.range],
    (log) => {
      frame(log, LINE.hello).rooms[0].seq = 4
    },
  ],
  [
    '[G3] a client that goes on beyond where it was',
    'G3 position-ahead',
    [LINE.boEdit, LINE.hello],
    (log) => {
      frame(log, LINE.hello).rooms[0].seq = 6
    },
  ],
  // G4
  [
    '[G4] a change that somebody connected never gets',
    'G4 late',
    [LINE.range, LINE.ackReact],
    (log) => {
      ;(log[LINE.boReact - 1] as Received).items = []
      ;(log.at(-1) as LogEntry).at = 10_000
    },
  ],
  [
    '[G4] one that comes too late',
    'G4 late',
    [LINE.range, LINE.ackReact, LINE.boReact],
    (log) => {
      for (const entry of log.slice(LINE.boReact - 1)) entry.at += 5_001
    },
  ],
  [
    '[G4] a client that isn’t live at the end',
    'G4 not-live',
    [LINE.boShows],
    (log) => {
      shown(log, LINE.boShows).status = 'offline'
    },
  ],
  [
    '[G4] a client that still waits for something at the end',
    'G4 not-settled',
    [LINE.annShows],
    (log) => {
      shown(log, LINE.annShows).messages.push(pending('m9'))
    },
  ],
  // G5
  [
    '[G5] a message that stands twice',
    'G5 stored-twice',
    [LINE.final],
    (log) => {
      const { messages } = final(log)
      messages.push({ ...(messages[1] as (typeof messages)[0]) })
    },
  ],
  [
    '[G5] a retry that gets another seq',
    'G5 other-seq',
    [LINE.askOne, LINE.ackOne, 38, 39],
    (log) => {
      insert(log, 38, resend('m1', 'one'), { ok: { id: 'm1', seq: 5 } })
    },
  ],
  [
    '[G5] another text that is accepted under the same id',
    'G5 conflict-accepted',
    [LINE.askOne, LINE.ackOne, 38, 39],
    (log) => {
      insert(log, 38, resend('m1', 'uno'), { ok: { id: 'm1', seq: 4 } })
    },
  ],
  [
    '[G5] a refused message that is stored',
    'G5 refused-stored',
    [LINE.askTwo, LINE.ackTwo, LINE.final],
    (log) => {
      Object.assign(item(log, LINE.ackTwo, 0), { ok: undefined, error: { code: 'forbidden', retryable: false } })
      Object.assign(log[LINE.okTwo - 1] as object, { type: 'fail', code: 'forbidden', seq: undefined })
    },
  ],
  [
    '[G5] a cancelled message that is stored',
    'G5 cancelled-stored',
    [38, 39, 41],
    (log) => {
      unknown(log)
      insert(log, 38, { type: 'message.cancel', roomId: ROOM, id: 'm2' }, { ok: { id: 'm2' } })
    },
  ],
  [
    '[G5] a discarded message that is stored',
    'G5 discarded-stored',
    [38, 39, 41],
    (log) => {
      unknown(log)
      log.splice(
        ...([37, 0] as const),
        { at: 365, type: 'invoke', op: 9, client: 'ann/1', user: 'ann', room: ROOM, kind: 'discard', message: 'm2' },
        { at: 366, type: 'ok', op: 9, isDiscarded: true },
      )
    },
  ],
  [
    '[G5] an edit that is applied twice',
    'G5 edited-twice',
    [LINE.invokeEdit, LINE.ackEdit, LINE.final],
    (log) => {
      const again = { ...row(final(log), 'm1'), version: 8, textVersion: 8 }
      Object.assign(final(log), { head: 8, messages: [again, row(final(log), 'm2')] })
      bare(log)
    },
  ],
  [
    '[G5] a refused edit that is the text at the end',
    'G5 refused-edit',
    [LINE.invokeEdit, 22, LINE.final],
    (log) => {
      Object.assign(log[21] as object, { type: 'fail', code: 'forbidden' })
    },
  ],
  [
    '[G5] a message that a page with a storage forgets',
    'G5 forgotten',
    [38, 39, 42],
    (log) => {
      const pending = [{ room: ROOM, message: 'm9' }]
      log.splice(
        ...([37, 0] as const),
        { at: 365, type: 'sent', connection: 'c1', item: { ...resend('m9', 'lost'), ref: 90 } },
        { at: 366, type: 'reloaded', client: 'ann/1', keepsStorage: true, pending },
      )
    },
  ],
  [
    '[G5] a send whose end nobody is told',
    'G5 left-open',
    [LINE.invokeTwo, LINE.okTwo],
    (log) => {
      Object.assign(log[LINE.okTwo - 1] as object, { type: 'unknown', code: 'unfinished', seq: undefined })
    },
  ],
  [
    '[G5] one that is in history, and was taken back after its acknowledgment',
    'G5 cancelled-stored',
    [LINE.boReact + 1, LINE.boReact + 2, LINE.final + 2],
    (log) => insert(log, LINE.boReact + 1, { type: 'message.cancel', roomId: ROOM, id: 'm2' }, { ok: { id: 'm2' } }),
  ],
  [
    '[G5] one whose repetition is told that it is another one',
    'G5 stored-denied',
    [LINE.boReact + 1, LINE.boReact + 2, LINE.final + 2],
    (log) => insert(log, LINE.boReact + 1, resend('m2', 'two'), { error: { code: 'id_conflict', retryable: false } }),
  ],
  [
    '[G5] one that its client calls failed',
    'G5 stored-failed',
    [LINE.invokeTwo, LINE.okTwo, LINE.final],
    (log) => Object.assign(log[LINE.okTwo - 1] as object, { type: 'fail', code: 'forbidden', seq: undefined }),
  ],
  // G6
  [
    '[G6] a range without a row that changed in it',
    'G6 range-hole',
    [LINE.ackTwo, LINE.hello, LINE.range],
    (log) => {
      item(log, LINE.range, 1).range.messages = []
    },
  ],
  [
    '[G6] a range with what lies beyond it',
    'G6 beyond-range',
    [LINE.range],
    (log) => {
      item(log, LINE.range, 1).range.messages.push({ ...row(final(log), 'm1') })
    },
  ],
  [
    '[G6] an answer that is older than the position in the question',
    'G6 answer-behind',
    [36, LINE.page],
    (log) => {
      Object.assign(item(log, LINE.page, 0).ok, { head: 6, messages: [], hasOlder: true })
    },
  ],
  // G14
  [
    '[G14] a page without a message',
    'G14 page-hole',
    [LINE.ackEdit, LINE.page],
    (log) => {
      item(log, LINE.page, 0).ok.messages.shift()
    },
  ],
  [
    '[G14] a page with an older version',
    'G14 page-hole',
    [LINE.ackReact, LINE.page],
    (log) => {
      item(log, LINE.page, 0).ok.messages[1] = structuredClone(item(log, LINE.ackTwo, 1).message)
    },
  ],
  [
    '[G14] a page with what came after it',
    'G14 page-beyond',
    [LINE.page],
    (log) => {
      item(log, LINE.page, 0).ok.head = 6
    },
  ],
  [
    '[G14] an empty screen in a room that isn’t',
    'G14 newest-missing',
    [LINE.final, LINE.boShows],
    (log) => {
      Object.assign(shown(log, LINE.boShows), { messages: [], hasOlder: true })
    },
  ],
  [
    '[G14] a message that is shown twice',
    'G14 shown-twice',
    [LINE.annShows],
    (log) => {
      const { messages } = shown(log, LINE.annShows)
      messages.push({ ...(messages[1] as (typeof messages)[0]), status: 'failed' })
    },
  ],
  [
    '[G14] a list out of order',
    'G14 shown-order',
    [LINE.annShows],
    (log) => {
      shown(log, LINE.annShows).messages.reverse()
    },
  ],
  [
    '[G14] a message that is missing',
    'G14 hole',
    [LINE.ackEdit, LINE.annShows],
    (log) => {
      shown(log, LINE.annShows).messages.shift()
    },
  ],
  [
    '[G14] an older version of a message',
    'G14 stale',
    [LINE.ackReact, LINE.boShows],
    (log) => {
      Object.assign(shown(log, LINE.boShows).messages[1] as object, { version: 6, reactions: [] })
    },
  ],
  [
    '[G14] a message as it never was',
    'G14 shown-other',
    [LINE.ackEdit, LINE.boShows],
    (log) => {
      Object.assign(shown(log, LINE.boShows).messages[0] as object, { text: 'one' })
    },
  ],
  [
    '[G14] an older row of the room',
    'G14 stale-row',
    [LINE.openAnn, LINE.boShows],
    (log) => {
      Object.assign(shown(log, LINE.boShows).row as object, { version: 2 })
    },
  ],
  [
    '[G14] a member who isn’t shown',
    'G14 member-missing',
    [LINE.openAnn, LINE.boShows],
    (log) => {
      shown(log, LINE.boShows).members = shown(log, LINE.boShows).members.slice(1)
    },
  ],
])('%s', (_title, rule, lines, spoil) => {
  test(`is ${rule}, and its excerpt is exactly that`, () => {
    const log = makeLog()
    spoil(log)
    const found = judge(log).find((violation) => `${violation.guarantee} ${violation.rule}` === rule)
    expect(found?.excerpt.map(({ line }) => line) ?? judge(log)).toEqual([...new Set(lines)])
  })
})

test('[G14] a member who left before anybody was told of it, by the count of the room, is not missed', () => {
  const log = makeLog()
  const bo = shown(log, LINE.boShows)
  bo.members = bo.members.slice(1)
  Object.assign(bo.row as object, { memberCount: bo.members.length })
  expect(judge(log).filter(({ rule }) => rule === 'member-missing')).toEqual([])
})

describe('[G7] whoever was removed', () => {
  const cases: [string, string, (log: ModelLog, ann: Connection, bo: Connection) => void][] = [
    [
      'gets nothing live',
      'told-removed',
      (log, ann) => {
        log.send(ann, 'm3', 'three')
        const last = log.entries.findLast((entry) => entry.type === 'received') as Received
        log.write({ ...last, connection: 'c2', items: last.items.slice(1) })
      },
    ],
    [
      'reads nothing',
      'read-removed',
      (log, ann, bo) => {
        log.send(ann, 'm3', 'three')
        log.connect('c8', bo.client)
      },
    ],
    ['stores nothing', 'wrote-removed', (log, _ann, bo) => log.send(bo, 'm3', 'three')],
  ]
  test.each(cases)('%s', (_title, rule, sin) => {
    const log = new ModelLog('ann', 'bo')
    const [ann, bo] = [log.connect('c1', 'ann/1'), log.connect('c2', 'bo/1')]
    log.remove('bo')
    sin(log, ann, bo)
    const violations = judge(log.finish()).filter(({ guarantee }) => guarantee === 'G7')
    expect(violations.map((violation) => violation.rule)).toEqual([rule])
    expect(violations[0]?.excerpt).toHaveLength(2)
  })
})

describe('[G1] membership', () => {
  test('whoever was let in again is a member', () => {
    const log = makeLog(removals)
    const last = log.findLast((entry) => entry.type === 'final') as Final
    last.members = last.members.filter(({ userId }) => userId !== 'bo')
    expect(judge(log).map(({ rule }) => rule)).toContain('member-lost')
  })

  test('unless a removal had no answer: it may have come last', () => {
    const log = makeLog(removals)
    const removal = log.find((entry) => entry.type === 'invoke' && entry.kind === 'remove') as Invoke
    const answer = log.findIndex((entry) => entry.type === 'ok' && entry.op === removal.op)
    log[answer] = { type: 'unknown', at: log[answer]?.at ?? 0, op: removal.op, code: 'timeout' }
    const last = log.findLast((entry) => entry.type === 'final') as Final
    last.members = last.members.filter(({ userId }) => userId !== 'bo')
    expect(judge(log).map(({ rule }) => rule)).not.toContain('member-lost')
  })
})

describe('[G10] presence', () => {
  const start = () => {
    const log = new ModelLog('ann', 'bo')
    const [ann, bo] = [log.connect('c1', 'ann/1'), log.connect('c2', 'bo/1')]
    log.tellPresence(ann)
    return { log, ann, bo }
  }
  const rules = (log: ModelLog) => judge(log.finish()).map(({ guarantee, rule }) => `${guarantee} ${rule}`)

  test('who goes is shown for a while, and who comes is shown soon', () => {
    const { log, ann, bo } = start()
    log.close(bo)
    log.pass(20_000)
    log.tellPresence(ann)
    log.pass(60_000)
    log.connect('c3', 'bo/1')
    log.pass(1_000)
    log.tellPresence(ann)
    log.pass(60_000)
    expect(rules(log)).toEqual([])
  })

  test('who went isn’t shown for ever', () => {
    const { log, bo } = start()
    log.close(bo)
    log.pass(32_000)
    expect(rules(log)).toEqual(['G10 shown-gone'])
  })

  test('nor shown again', () => {
    const { log, ann, bo } = start()
    log.close(bo)
    log.tellPresence(ann)
    log.pass(32_000)
    log.tellPresence(ann, ['ann', 'bo'])
    expect(rules(log)).toEqual(['G10 shown-gone'])
  })

  test.each([
    [20_000, []],
    [40_000, ['G10 shown-gone']],
  ])('a fault begins the time anew: after %i ms more', (ms, expected) => {
    const { log, bo } = start()
    log.close(bo)
    log.pass(20_000)
    for (const phase of ['begin', 'end'] as const) log.write({ type: 'fault', fault: 1, name: 'a fault', phase })
    log.pass(ms)
    expect(rules(log)).toEqual(expected)
  })

  test('also one that only presence has to bear', () => {
    const { log, ann } = start()
    log.tellPresence(ann, ['ann'])
    log.write({ type: 'fault', fault: 1, name: 'a fault', phase: 'begin', isOfPresence: true })
    log.pass(60_000)
    expect(rules(log)).toEqual([])
  })

  test('who is there is shown', () => {
    const { log, ann } = start()
    log.tellPresence(ann, ['ann'])
    log.pass(6_000)
    expect(rules(log)).toEqual(['G10 not-shown'])
  })

  test('unless only for a moment, or the service says that it doesn’t know everybody or names some', () => {
    const { log, ann } = start()
    log.tellPresence(ann, ['ann'])
    log.pass(1_000)
    log.tellPresence(ann, ['ann'], { isDegraded: true })
    log.pass(60_000)
    log.tellPresence(ann, ['ann'], { count: 2 })
    log.pass(60_000)
    log.tellPresence(ann)
    expect(rules(log)).toEqual([])
  })
})

describe('[G11] who is asked to go', () => {
  const away = (ms: number, isBack: boolean) => {
    const log = new ModelLog('ann', 'bo')
    const ann = log.connect('c1', 'ann/1')
    log.show(ann)
    log.close(ann, { code: 1012, by: 'service' })
    log.pass(ms)
    if (isBack) log.connect('c2', 'ann/1', 2)
    return judge(log.finish()).map(({ guarantee, rule }) => `${guarantee} ${rule}`)
  }

  test('is back soon', () => {
    expect(away(9_000, true)).toEqual([])
    expect(away(11_000, true)).toEqual(['G11 away-long'])
    expect(away(11_000, false)).toEqual(['G11 away-long'])
  })
})

describe('[G13] with the database out of reach', () => {
  const write = (log: ModelLog, phase: 'begin' | 'end') =>
    log.write({ type: 'fault', phase, fault: 1, name: 'disk full', isStoreDown: true })
  const refusal = { error: { code: 'unavailable', retryable: true } }
  const start = () => {
    const log = new ModelLog('ann')
    return { log, ann: log.connect('c1', 'ann/1') }
  }

  test('a send that fails in time is right', () => {
    const { log, ann } = start()
    write(log, 'begin')
    log.attempt(ann, resend('m1', 'one'), refusal)
    log.pass(20_000)
    log.write({ type: 'ready', isReady: false })
    write(log, 'end')
    log.send(ann, 'm1', 'one')
    expect(judge(log.finish())).toEqual([])
  })

  test('nothing is acknowledged', () => {
    const { log, ann } = start()
    const line = write(log, 'begin')
    log.send(ann, 'm1', 'one')
    write(log, 'end')
    const [violation] = judge(log.finish())
    expect(violation).toMatchObject({ guarantee: 'G13', rule: 'false-ack' })
    expect(violation?.excerpt.map((part) => part.line)).toEqual([line, line + 2, line + 3])
  })

  test('no reaction, edit or deletion is acknowledged that changes something; one that changes nothing may be', () => {
    const acked = (version: number): string[] => {
      const { log, ann } = start()
      log.send(ann, 'm1', 'one')
      log.react(ann, 'm1', '👍')
      write(log, 'begin')
      log.pass(2_000)
      log.attempt(
        ann,
        { type: 'message.react', roomId: ROOM, id: 'm1', emoji: '👍', on: true },
        { ok: { id: 'm1', version } },
      )
      write(log, 'end')
      return judge(log.finish())
        .filter(({ guarantee }) => guarantee === 'G13')
        .map(({ rule }) => rule)
    }
    expect(acked(4)).toEqual([])
    expect(acked(5)).toEqual(['false-ack'])
  })

  test('no send is left without an answer, and the service doesn’t say that it is ready', () => {
    const { log, ann } = start()
    const line = write(log, 'begin')
    log.attempt(ann, resend('m1', 'one'))
    log.pass(20_000)
    log.write({ type: 'ready', isReady: true })
    write(log, 'end')
    const found = judge(log.finish()).map(({ rule, excerpt }) => [rule, excerpt.map((part) => part.line)])
    expect(found).toEqual([
      ['silent', [line, line + 1]],
      ['false-ready', [line, line + 2]],
    ])
  })
})

describe('[G6] after a restored backup', () => {
  /** Ann's second message is taken back; whoever comes back is told to begin anew, or isn't. */
  const restore = (heads: Record<string, number>): ModelLog => {
    const log = new ModelLog('ann', 'bo')
    const ann = log.connect('c1', 'ann/1')
    log.send(ann, 'm1', 'one')
    log.send(ann, 'm2', 'two')
    log.close(ann)
    log.restore(heads[ROOM] ?? 0)
    return log
  }

  test('[G1] what lies above its head is taken back, and its numbers are given again', () => {
    const log = restore({ [ROOM]: 4 })
    const again = log.connect('c2', 'ann/1')
    log.send(again, 'm3', 'three')
    expect(judge(log.finish())).toEqual([])
  })

  test('what lies below is still there', () => {
    const log = restore({ [ROOM]: 4 })
    log.connect('c2', 'ann/1')
    const entries = log.finish()
    ;(entries.findLast((entry) => entry.type === 'final') as Final).messages = []
    expect(judge(entries).map(({ rule }) => rule)).toContain('ack-lost')
  })

  test('what is taken back is numbered again in another epoch', () => {
    const log = new ModelLog('ann')
    const ann = log.connect('c1', 'ann/1')
    log.send(ann, 'm1', 'one')
    log.restore(log.head - 1, 'e1')
    log.send(log.connect('c2', 'ann/1'), 'm2', 'two')
    const found = judge(log.finish()).filter(({ guarantee }) => guarantee === 'G6')
    expect(found.map(({ rule }) => rule)).toEqual(['epoch-reused'])
    expect(found[0]?.excerpt).toHaveLength(2)
  })

  test('[G4] whoever a backup has put out again, so that the history names them no more, need not be live', () => {
    const log = new ModelLog('ann', 'bo')
    const bo = log.connect('c1', 'bo/1')
    log.show(bo, true)
    log.close(bo)
    const entries = log.finish()
    const denied = entries.find((entry) => entry.type === 'shown') as Shown
    Object.assign(denied, { status: 'denied', messages: [] })
    expect(judge(entries).map(({ rule }) => rule)).toEqual(['not-live'])
    const final = entries.find((entry) => entry.type === 'final') as Final
    final.members = final.members.filter(({ userId }) => userId !== 'bo')
    expect(judge(entries).map(({ rule }) => rule)).not.toContain('not-live')
  })

  test('[G6] a page asked for from above its head, before anybody knows of it, is what is left', () => {
    const log = restore({ [ROOM]: 4 })
    log.page(log.connect('c2', 'ann/1'), 5)
    expect(judge(log.finish())).toEqual([])
  })

  test('a position above its head is answered with a reset', () => {
    const log = restore({ [ROOM]: 4 })
    const bo = log.connect('c2', 'bo/1')
    log.send(bo, 'm3', 'three')
    log.connect('c3', 'ann/1', 5)
    const found = judge(log.finish()).find(({ guarantee }) => guarantee === 'G6')
    expect(found).toMatchObject({ rule: 'history-mixed' })
    expect(found?.excerpt).toHaveLength(2)
  })
})

function makeLog(more: (log: ModelLog, ann: Connection, bo: Connection) => void = () => {}): LogEntry[] {
  const log = new ModelLog('ann', 'bo')
  const ann = log.connect('c1', 'ann/1')
  const before = log.connect('c2', 'bo/1')
  log.send(ann, 'm1', 'one')
  log.edit(ann, 'm1', 'one, edited')
  log.close(before)
  log.send(ann, 'm2', 'two')
  const bo = log.connect('c3', 'bo/1', 5)
  log.react(ann, 'm2', '👍')
  log.page(ann)
  more(log, ann, bo)
  // As it is read from a file: no two entries have an object in common.
  return parseLog(log.finish().map(formatEntry).join(''))
}

function removals(log: ModelLog, ann: Connection): void {
  log.remove('bo')
  log.send(ann, 'm3', 'three')
  log.letIn('bo')
  log.connect('c4', 'bo/1')
  log.delete(ann, 'm3')
}

/** Only history counts: what was shown, and what pages held, is taken out. */
function bare(log: LogEntry[]): void {
  for (const line of [LINE.annShows, LINE.boShows]) shown(log, line).status = 'denied'
  ;(log[LINE.page - 1] as Received).items = []
}

function unknown(log: LogEntry[]): void {
  ;(log[LINE.ackTwo - 1] as Received).items.shift()
  Object.assign(log[LINE.okTwo - 1] as object, { type: 'unknown', code: 'connection_lost', seq: undefined })
}

function resend(id: string, text: string): WireItem {
  return { type: 'message.send', roomId: ROOM, id, text }
}

function insert(log: LogEntry[], line: number, command: WireItem, answer: WireItem): void {
  log.splice(
    ...([line - 1, 0] as const),
    { at: 365, type: 'sent', connection: 'c1', item: { ...command, ref: 90 } },
    { at: 366, type: 'received', connection: 'c1', items: [{ ref: 90, ...answer }] },
  )
}

function rename(log: LogEntry[], line: number, id: string): void {
  const entry = log[line - 1] as LogEntry
  if (entry.type === 'invoke') entry.message = id
  else if (entry.type === 'sent') entry.item.id = id
}

function pending(id: string): Shown['messages'][number] {
  return { id, status: 'pending', isChanging: false, user: 'ann', text: 'nine', reactions: [] }
}

function final(log: LogEntry[]): Final {
  return log.find((entry) => entry.type === 'final') as Final
}

function shown(log: LogEntry[], line: number): Shown {
  return log[line - 1] as Shown
}

function row({ messages }: Final, id: string): Final['messages'][number] {
  return messages.find((message) => message.id === id) as Final['messages'][number]
}

function frame(log: LogEntry[], line: number): WireItem {
  return (log[line - 1] as Extract<LogEntry, { type: 'sent' }>).item
}

function item(log: LogEntry[], line: number, index: number): WireItem {
  return (log[line - 1] as Received).items[index] as WireItem
}

/** Changes a message wherever the log has it. */
function everywhere(log: LogEntry[], id: string, run: (message: WireItem) => void): void {
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ((value as WireItem).id === id && 'version' in value) run(value as WireItem)
    for (const part of Object.values(value)) visit(part)
  }
  visit(log)
}

/** Changes the message of the event on this line. */
function change(log: LogEntry[], line: number, run: (message: WireItem) => void): void {
  for (const { message } of (log[line - 1] as Received).items) if (message) run(message)
}

// --- types ---

type Received = Extract<LogEntry, { type: 'received' }>

type Case = [title: string, rule: string, lines: number[], spoil: (log: LogEntry[]) => void]
