import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { createMemoryStore } from '../memory/memory-store.ts'
import { kindArbitrary, type Performed, Stage, type Step, stepArbitrary } from '../random-work.contract.ts'
import type { Store } from '../store.ts'
import { createSqliteStore } from './sqlite-store.ts'
import { tempDatabases } from './temp-folder.contract.ts'

let nowMs = 1_800_000_000_000
const now = () => nowMs
const memory = createMemoryStore({ now })
const sqlite = await createSqliteStore({ path: tempDatabases()(), now, timeoutMs: 60_000 })
afterAll(() => sqlite.close())

test('SqliteStore answers, refuses and remembers exactly as MemoryStore does', { timeout: 120_000 }, async () => {
  const met = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      kindArbitrary,
      fc.array(stepArbitrary, { minLength: 40, maxLength: 100, size: 'max' }),
      async (kind, steps) => {
        const stage = new Stage(randomUUID(), kind)
        for (const step of [stage.opening, ...steps]) {
          nowMs += 1
          const [wanted, found] = await Promise.all([memory, sqlite].map((store) => stage.perform(store, step)))
          expect(comparable(found)).toEqual(comparable(wanted))
          met.add(outcomeOf(step, wanted))
        }
        expect(comparable(await readEverything(sqlite, stage))).toEqual(comparable(await readEverything(memory, stage)))
      },
    ),
    { numRuns: 100 },
  )
  // The random work is worth something: it met every operation's success, and every refusal of the store but the caps.
  expect([...met].toSorted()).toEqual(EVERYTHING)
})

function outcomeOf(step: Step, performed: Performed | undefined): string {
  if (!performed) return 'nothing'
  if ('refusal' in performed) return performed.refusal
  return performed.committed.changes.length > 0 ? step.what : 'unchanged'
}

/** All that anybody can read of the stage. */
async function readEverything(store: Store, stage: Stage): Promise<unknown> {
  const answers: unknown[] = []
  for (const { id: userId } of stage.people) {
    const rooms = await store.listRooms({ userId, limit: 10_000 })
    answers.push(rooms.filter(({ room }) => stage.rooms.includes(room.id)))
    for (const roomId of stage.rooms) {
      const place = { roomId, userId, isOpen: stage.isOpen(roomId) }
      const positions = [undefined, 0, 1, 3, 7, 1_000]
      for (const seq of positions) {
        const since = seq === undefined ? undefined : { epoch: store.startId, seq }
        answers.push(await store.openRoom({ ...place, since, limit: 4 }).catch(codeOf))
      }
      for (const limit of [1, 3, 100]) {
        answers.push(await store.listMessages({ ...place, limit }).catch(codeOf))
        answers.push(await store.listMessages({ ...place, limit, before: 6 }).catch(codeOf))
        answers.push(await store.listMessages({ ...place, limit, after: 4 }).catch(codeOf))
        answers.push(await store.listMembers({ ...place, limit, after: stage.people[1]?.id }).catch(codeOf))
      }
    }
  }
  answers.push([...(await store.readHeads(stage.rooms))])
  return answers
}

/** The two stores were started apart; everything else is the same. */
function comparable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(memory.startId, 'START').replaceAll(sqlite.startId, 'START'))
}

function codeOf(error: unknown): unknown {
  return (error as { code?: string }).code ?? String(error)
}

const EVERYTHING = [
  'add',
  'cancelled',
  'delete',
  'edit',
  'edit_conflict',
  'forbidden',
  'id_conflict',
  'invalid',
  'join',
  'last_owner',
  'leave',
  'member_not_found',
  'message_deleted',
  'message_empty',
  'message_not_found',
  'out_of_order',
  'react',
  'remove',
  'removed',
  'room_not_found',
  'send',
  'unchanged',
  'update',
  'upsert',
]
