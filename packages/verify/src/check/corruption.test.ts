/** Random runs of a service that does everything right have no violation; any single lie in their log is found. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatEntry, type LogEntry, parseLog, type WireItem } from '../log.ts'
import { judge } from './judge.ts'
import { ModelLog } from './model-log.contract.ts'

const STEPS = [
  'send',
  'edit',
  'delete',
  'react',
  'page',
  'show',
  'leave',
  'come',
  'resume',
  'remove',
  'return',
] as const

/** Connections that are open to the end. */
const STAYING = ['c1', 'c2']

const run = fc.array(fc.record({ step: fc.constantFrom(...STEPS), choice: fc.nat(1_000) }), {
  minLength: 8,
  maxLength: 60,
})

test('a random run in which everything was right has no violation', () => {
  fc.assert(
    fc.property(run, (steps) => void expect(judge(perform(steps))).toEqual([])),
    { numRuns: 300 },
  )
})

test.each(Object.entries(lies()))('%s is found', (_name, lie) => {
  let told = 0
  fc.assert(
    fc.property(run, fc.nat(1_000), (steps, choice) => {
      const log = perform(steps)
      // Not every run has something of the kind to lie about.
      if (!lie(log, choice)) return
      told += 1
      expect(judge(log)).not.toEqual([])
    }),
    { numRuns: 150 },
  )
  expect(told).toBeGreaterThan(20)
})

/** Each changes one thing in a log; false if there is nothing of the kind in it. */
function lies(): Record<string, (log: LogEntry[], choice: number) => boolean> {
  const event = (log: LogEntry[], choice: number) => pick(eventsOf(log), choice)
  return {
    'an event that is left out': (log, choice) =>
      // What was on its way to whoever leaves, or is removed, may be lost: the readers who stay get everything.
      lieAbout(
        pick(
          eventsOf(log).filter(({ connection }) => STAYING.includes(connection)),
          choice,
        ),
        ({ items, index }) => {
          items.splice(index, 1)
          // For the last one it takes the time that everybody is allowed.
          ;(log.at(-1) as LogEntry).at += 10_000
          return true
        },
      ),
    'an event that comes again': (log, choice) =>
      lieAbout(event(log, choice), ({ items, index }) => items.splice(index, 0, items[index] as WireItem)),
    'two events in the wrong order': (log, choice) =>
      lieAbout(event(log, choice), (one) => {
        const next = eventsOf(log).find(({ connection, line }) => connection === one.connection && line > one.line)
        if (!next) return false
        const other = next.items[next.index] as WireItem
        next.items[next.index] = one.items[one.index] as WireItem
        one.items[one.index] = other
        return true
      }),
    'an event with another text for one reader': (log, choice) =>
      lieAbout(
        pick(
          eventsOf(log).filter(({ items, index }) => items[index]?.message),
          choice,
        ),
        ({ items, index }) => ((items[index] as WireItem).message.text += '!'),
      ),
    'an acknowledgment of another seq': (log, choice) =>
      lieAbout(pick(acksOf(log), choice), ({ items, index }) => ((items[index] as WireItem).ok.seq += 1)),
    'an acknowledged message that isn’t in history': (log, choice) =>
      lieAbout(
        log.find((entry) => entry.type === 'final'),
        ({ messages }) => {
          if (messages.length === 0) return false
          messages.splice(choice % messages.length, 1)
          return true
        },
      ),
    'another text in history': (log, choice) =>
      lieAbout(
        log.find((entry) => entry.type === 'final'),
        ({ messages }) => lieAbout(pick(messages, choice), (message) => (message.text += '!')),
      ),
    'a range without one of its messages': (log, choice) =>
      lieAbout(pick(rangesOf(log), choice), ({ messages }) => messages.splice(choice % messages.length, 1)),
    'a page without one of its messages': (log, choice) =>
      lieAbout(pick(pagesOf(log), choice), ({ messages }) => messages.splice(choice % messages.length, 1)),
    'a message that isn’t shown': (log, choice) =>
      lieAbout(pick(shownOf(log), choice), ({ messages }) => messages.splice(choice % messages.length, 1)),
    'another text that is shown': (log, choice) =>
      lieAbout(pick(shownOf(log), choice), ({ messages }) =>
        lieAbout(pick(messages, choice), (message) => (message.text += '!')),
      ),
  }
}

/** Two readers stay; a third one comes, resumes and goes, is removed and let in again. */
function perform(steps: readonly { step: (typeof STEPS)[number]; choice: number }[]): LogEntry[] {
  const log = new ModelLog('ann', 'bo', 'cy')
  const [ann, bo] = [log.connect('c1', 'ann/1'), log.connect('c2', 'bo/1')]
  let cy: ReturnType<ModelLog['connect']> | undefined = log.connect('c3', 'cy/1')
  let reached = 0
  let isRemoved = false
  let connections = 3
  for (const [index, { step, choice }] of steps.entries()) {
    const people = cy ? [ann, bo, cy] : [ann, bo]
    const by = people[choice % people.length] ?? ann
    const own = pick(
      log.messages.filter(({ user, deletedAt }) => user.id === by.user && deletedAt === undefined),
      choice,
    )
    const any = pick(
      log.messages.filter(({ deletedAt }) => deletedAt === undefined),
      choice,
    )
    const isReacted = any?.reactions.some(({ userIds }) => userIds.includes(by.user))
    if (step === 'send') log.send(by, `m${index}`, `text ${index}`)
    else if (step === 'edit' && own) log.edit(by, own.id, `edit ${index}`)
    else if (step === 'delete' && own) log.delete(by, own.id)
    else if (step === 'react' && any && !isReacted) log.react(by, any.id, `e${by.user}`)
    else if (step === 'page') log.page(by)
    else if (step === 'show') log.show(by)
    else if (step === 'leave' && cy) {
      reached = cy.reached
      log.close(cy)
      cy = undefined
    } else if ((step === 'come' || step === 'resume') && !cy && !isRemoved) {
      connections += 1
      cy = log.connect(`c${connections}`, 'cy/1', step === 'resume' && reached > 0 ? reached : undefined)
    } else if (step === 'remove' && !isRemoved) {
      reached = cy ? log.head + 1 : reached
      log.remove('cy')
      isRemoved = true
      cy = undefined
    } else if (step === 'return' && isRemoved) {
      log.letIn('cy')
      isRemoved = false
    }
  }
  // Whoever is away comes back.
  if (!cy && !isRemoved) log.connect('c0', 'cy/1', reached)
  return parseLog(log.finish().map(formatEntry).join(''))
}

function eventsOf(log: LogEntry[]) {
  return received(log).flatMap(({ entry: { items, connection }, line }) =>
    items.flatMap((item, index) => (item.seq !== undefined && item.roomId ? [{ items, index, connection, line }] : [])),
  )
}

function acksOf(log: LogEntry[]) {
  return received(log).flatMap(({ entry: { items } }) =>
    items.flatMap((item, index) => (item.ok?.seq === undefined ? [] : [{ items, index }])),
  )
}

function rangesOf(log: LogEntry[]): { messages: unknown[] }[] {
  return received(log)
    .flatMap(({ entry }) => entry.items.map((item) => item.range))
    .filter((range) => range?.messages.length > 0)
}

function pagesOf(log: LogEntry[]): { messages: unknown[] }[] {
  return received(log)
    .flatMap(({ entry }) => entry.items.flatMap((item) => [item.ok, item.ok?.reset]))
    .filter((page) => page?.messages?.length > 0)
}

function shownOf(log: LogEntry[]) {
  return log.filter((entry) => entry.type === 'shown').filter(({ messages }) => messages.length > 0)
}

function received(log: LogEntry[]) {
  return log.flatMap((entry, line) => (entry.type === 'received' ? [{ entry, line }] : []))
}

function pick<T>(values: readonly T[], choice: number): T | undefined {
  return values[choice % values.length]
}

/** Lies about it, if it is there. */
function lieAbout<T>(value: T | undefined, lie: (value: T) => unknown): boolean {
  return value !== undefined && lie(value) !== false
}
