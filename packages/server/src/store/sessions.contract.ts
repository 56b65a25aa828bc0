/** What every store remembers of signed-out sessions. */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type CreateStore, describeWithStore } from './world.contract.ts'

export function describeSessionContract(name: string, createStore: CreateStore): void {
  describeWithStore(`${name}: sessions`, createStore, (world) => {
    test('a revoked session is remembered until its end, the later one where two are given', async () => {
      const [short, long] = [randomUUID(), randomUUID()]
      await world.store.revokeSession(short, world.nowMs + 1_000)
      await world.store.revokeSession(long, world.nowMs + 5_000)
      await world.store.revokeSession(long, world.nowMs + 2_000)
      expect(new Set(await world.store.listRevokedSessions())).toEqual(new Set([short, long]))
      world.nowMs += 1_000
      expect(await world.store.listRevokedSessions()).toEqual([long])
      await world.store.revokeSession(randomUUID(), world.nowMs - 1)
      expect(await world.store.listRevokedSessions()).toEqual([long])
      world.nowMs += 4_000
      expect(await world.store.listRevokedSessions()).toEqual([])
    })

    test('[G8] those that are remembered for longer than others can be asked for alone', async () => {
      const [older, newer] = [randomUUID(), randomUUID()]
      await world.store.revokeSession(older, world.nowMs + 1_000)
      await world.store.revokeSession(newer, world.nowMs + 2_000)
      expect(await world.store.listRevokedSessions(world.nowMs + 1_000)).toEqual([newer])
      expect(await world.store.listRevokedSessions(world.nowMs + 2_000)).toEqual([])
      // What is over isn't asked for that way either.
      world.nowMs += 1_000
      expect(await world.store.listRevokedSessions(1)).toEqual([newer])
    })
  })
}
