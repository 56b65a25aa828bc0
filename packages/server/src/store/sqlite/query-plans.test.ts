import { expect, test } from 'vitest'
import { openForWriting } from './database.ts'
import { migrate } from './migrations.ts'
import { SQL } from './sql.ts'
import { tempDatabases } from './temp-folder.contract.ts'

const newPath = tempDatabases()

test('no statement scans a table: catch-up, history and every check go by an index', () => {
  const path = newPath()
  const database = openForWriting(path, 0)
  migrate(database, path, 0)
  const plans = Object.entries(SQL).flatMap(([name, sql]) => {
    const parameters = Array((sql.match(/\?\d+/g) ?? []).length === 0 ? 0 : highestParameter(sql)).fill(null)
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters)
    return steps.map((step) => `${name}: ${step.detail}`)
  })
  database.close()
  // It walks the public rooms in the order that it wants, and stops at the limit.
  const walk = 'listPublicRooms: SCAN rooms USING INDEX rooms_public'
  expect(plans).toContain(walk)
  // These walk the list that came as a parameter.
  const lists = plans.filter((step) => step.includes('SCAN wanted VIRTUAL TABLE'))
  expect(lists.map((step) => step.split(':')[0])).toEqual(['findMembers', 'findMessageSeqs'])
  expect(plans.filter((step) => step.includes('SCAN') && step !== walk && !lists.includes(step))).toEqual([])
  for (const step of [
    'listMessagesBefore: SEARCH messages USING INDEX messages_by_seq (room=? AND seq<?)',
    'listMessagesAfter: SEARCH messages USING INDEX messages_by_seq (room=? AND seq>?)',
    'listChangedMembers: SEARCH members USING INDEX members_changed (room=? AND version>?)',
    'findMembers: SEARCH members USING PRIMARY KEY (room=? AND user_id=?)',
    'findMessageSeqs: SEARCH messages USING INDEX messages_by_id (id=? AND room=?)',
    'listNewestMembers: SEARCH members USING INDEX members_changed (room=? AND version>?)',
    'listNewestMessages: SEARCH messages USING INDEX messages_by_seq (room=? AND seq>?)',
    'listNewestChangedMessages: SEARCH messages USING INDEX messages_changed (room=? AND version>?)',
    'findMessage: SEARCH messages USING INDEX messages_by_id (id=? AND room=?)',
    'isBurned: SEARCH burned_ids USING PRIMARY KEY (message_id=? AND room_id=? AND user_id=?)',
  ]) {
    expect(plans).toContain(step)
  }
  // Only the rooms of one user are sorted: they are few.
  expect(plans.filter((step) => step.includes('TEMP B-TREE'))).toEqual(['listOwnRooms: USE TEMP B-TREE FOR ORDER BY'])
})

function highestParameter(sql: string): number {
  return Math.max(...Array.from(sql.matchAll(/\?(\d+)/g), ([, number]) => Number(number)))
}
