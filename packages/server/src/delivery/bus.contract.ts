/** What every bus does, whatever tells the nodes of each other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change } from '../store/change.ts'
import type { Bus, Notice, Spent } from './bus.ts'

/** Runs the contract on buses from `open`, each for a node of its own. One that has a single node gives one. */
export function describeBusContract(name: string, open: () => Promise<BusStage>): void {
  describe(`${name}: bus`, () => {
    let stage: BusStage
    let rooms = 0
    beforeAll(async () => {
      stage = await open()
    })
    afterAll(() => stage.close())
    const nextRoom = () => `room-${++rooms}`

    test('this node hears its own changes in order, before publish returns, and once', async () => {
      const [own] = stage.buses as [Bus]
      const roomId = nextRoom()
      const heard = follow(own, roomId)
      own.publish(roomId, [change(1), change(2)])
      own.publish(roomId, [change(3)])
      expect(heard.seqs).toEqual([1, 2, 3])
      await echo(stage.buses, nextRoom())
      expect(heard.seqs).toEqual([1, 2, 3])
    })

    test('[G4] every other node that follows the room hears it whole and in order, and nobody else does', async () => {
      const [own, ...others] = stage.buses as [Bus, ...Bus[]]
      const [roomId, elsewhere] = [nextRoom(), nextRoom()]
      const heard = others.map((bus) => follow(bus, roomId))
      const strangers = others.map((bus) => follow(bus, elsewhere))
      await Promise.all([...heard, ...strangers].map(({ ready }) => ready))
      own.publish(roomId, [change(1)])
      own.publish(roomId, [change(2), change(3)])
      await echo(stage.buses, roomId)
      for (const { seqs } of heard) expect(seqs.slice(0, 3)).toEqual([1, 2, 3])
      for (const { seqs } of strangers) expect(seqs).toEqual([])
    })

    test('a change arrives as it was published', async () => {
      const [own, ...others] = stage.buses as [Bus, ...Bus[]]
      const roomId = nextRoom()
      const heard = others.map((bus) => follow(bus, roomId))
      await Promise.all(heard.map(({ ready }) => ready))
      const published = change(7, 'Grüße 👋 {"not": "json"}\u2028\n')
      own.publish(roomId, [published])
      await echo(stage.buses, roomId)
      for (const { changes } of heard) expect(changes[0]).toEqual(published)
    })

    test('who stopped following hears nothing more, others on the same node do', async () => {
      const [own] = stage.buses as [Bus]
      const last = stage.buses.at(-1) as Bus
      const roomId = nextRoom()
      const [leaving, staying] = [follow(last, roomId), follow(last, roomId)]
      await Promise.all([leaving.ready, staying.ready])
      leaving.close()
      leaving.close()
      own.publish(roomId, [change(1)])
      await echo(stage.buses, roomId)
      expect(leaving.seqs).toEqual([])
      expect(staying.seqs[0]).toBe(1)
    })

    test('who follows a room again, however soon, hears everything from then on', async () => {
      const [own] = stage.buses as [Bus]
      const last = stage.buses.at(-1) as Bus
      const roomId = nextRoom()
      for (let round = 1; round <= 5; round++) {
        const heard = follow(last, roomId)
        await heard.ready
        own.publish(roomId, [change(round)])
        await echo(stage.buses, roomId)
        expect(heard.seqs[0]).toBe(round)
        heard.close()
      }
    })

    test('many rooms at once are followed, each for itself', async () => {
      const [own] = stage.buses as [Bus]
      const last = stage.buses.at(-1) as Bus
      const roomIds = Array.from({ length: 2_500 }, nextRoom)
      const heard = roomIds.map((roomId) => follow(last, roomId))
      await Promise.all(heard.map(({ ready }) => ready))
      roomIds.forEach((roomId, index) => {
        own.publish(roomId, [change(index + 1)])
      })
      await Promise.all(heard.map(({ until }, index) => until(index + 1)))
      expect(heard.map(({ seqs }) => seqs)).toEqual(roomIds.map((_, index) => [index + 1]))
      for (const { close } of heard) close()
    })

    test('[G8] a notice reaches every node, this one before notify returns', async () => {
      const [own] = stage.buses as [Bus]
      const sid = crypto.randomUUID()
      const heard = stage.buses.map((bus) => listen(bus, sid))
      let isOwnTold = false
      void heard[0]?.then(() => {
        isOwnTold = true
      })
      own.notify({ type: 'session.revoked', sid })
      await Promise.resolve()
      expect(isOwnTold).toBe(true)
      expect(await Promise.all(heard)).toEqual(stage.buses.map(() => ({ type: 'session.revoked', sid })))
    })

    test('[LIMIT-7] what was spent on a node reaches every other one, and not itself', async () => {
      const [own, ...others] = stage.buses as [Bus, ...Bus[]]
      const spent: Spent = { users: [['__proto__', 3]], rooms: [['room', 2]] }
      let ownHeard = 0
      own.onSpent(() => ownHeard++)
      const heard = others.map((bus) => new Promise<Spent>((resolve) => bus.onSpent(resolve)))
      own.tellSpent(spent)
      expect(await Promise.all(heard)).toEqual(others.map(() => spent))
      expect(ownHeard).toBe(0)
    })

    test('a bus that is closed says nothing more, and bears being spoken to', async () => {
      const { buses, close } = await open()
      const [own] = buses as [Bus]
      const heard = follow(own, 'room')
      await close()
      own.publish('room', [change(1)])
      own.notify({ type: 'session.revoked', sid: 'sid' })
      expect(heard.seqs).toEqual([])
    })
  })
}

/** A change with this seq, for tests of a bus, which doesn't look inside. */
export function change(seq: number, text = ''): Change {
  const event = { type: 'message.created', roomId: 'room', seq, at: 0, message: { text } }
  return { epoch: 'epoch', event: event as unknown as Change['event'] }
}

/** Follows a room and keeps what came. */
export function follow(bus: Bus, roomId: string): Followed {
  const changes: Change[] = []
  const seqs: number[] = []
  const waiting = new Map<number, () => void>()
  const subscription = bus.subscribe(roomId, (news) => {
    changes.push(...news)
    seqs.push(...news.map(({ event }) => event.seq))
    for (const { event } of news) waiting.get(event.seq)?.()
  })
  const until = (seq: number) =>
    seqs.includes(seq) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(seq, resolve))
  return { ...subscription, changes, seqs, until }
}

/**
 * Waits until every node has heard one more change of this room: whatever was said before has arrived by then, for what is
 * said on a channel arrives in order, if at all.
 */
export async function echo([own, ...others]: readonly Bus[], roomId: string): Promise<void> {
  const heard = others.map((bus) => follow(bus, roomId))
  await Promise.all(heard.map(({ ready }) => ready))
  own?.publish(roomId, [change(ECHO)])
  await Promise.all(heard.map(({ until }) => until(ECHO)))
  for (const { close } of heard) close()
}

const ECHO = Number.MAX_SAFE_INTEGER

function listen(bus: Bus, sid: string): Promise<Notice> {
  return new Promise((resolve) => bus.onNotice((notice) => void (notice.sid === sid && resolve(notice))))
}

// --- types ---

export interface BusStage {
  buses: readonly Bus[]
  close(): Promise<void>
}

export interface Followed {
  ready: Promise<void>
  close(): void
  changes: Change[]
  seqs: number[]
  /** Fulfilled when the change with this seq has come. */
  until(seq: number): Promise<void>
}
