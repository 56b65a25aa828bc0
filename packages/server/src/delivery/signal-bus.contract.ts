/** What every signal bus does, whatever joins the nodes. */
import type { PresentUser } from '@parlor/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HeardListener, SignalBus } from './signal-bus.ts'

/** Runs the contract on three nodes from `open`, which all follow the room `room`. */
export function describeSignalBusContract(name: string, open: () => Promise<SignalStage>): void {
  describe(`${name}: signal bus`, () => {
    let stage: SignalStage
    beforeAll(async () => {
      stage = await open()
    })
    afterAll(() => stage.close())

    test('[G10] the others hear what a node says, in the place of what it said before', async () => {
      const [one, two, three] = stage.buses
      const heard = [listen(two), listen(three)]
      const own = listen(one)
      one.say('room', 'presence', [person('ann'), person('bo')])
      for (const { until } of heard) await until(['ann', 'bo'])
      one.say('room', 'presence', [person('bo')])
      for (const { until } of heard) await until(['bo'])
      one.say('room', 'presence', [])
      for (const { until } of heard) await until([])
      expect(own.all).toEqual([])
    })

    test('[G10] what several nodes say is heard together', async () => {
      const [one, two, three] = stage.buses
      const heard = listen(three)
      one.say('room', 'presence', [person('ann')])
      await heard.until(['ann'])
      two.say('room', 'presence', [person('bo')])
      await heard.until(['ann', 'bo'])
      one.say('room', 'presence', [])
      await heard.until(['bo'])
      two.say('room', 'presence', [])
      await heard.until([])
    })

    test('who asks is answered by the others, also with what they have said before', async () => {
      const [one, two, three] = stage.buses
      one.say('asked', 'presence', [person('ann')])
      const answered = [one, two, three].map(
        (bus) => new Promise<string>((resolve) => bus.onAsked((roomId) => roomId === 'asked' && resolve(roomId))),
      )
      one.onAsked(() => one.say('asked', 'presence', [person('ann')]))
      const heard = listen(two)
      two.ask('asked')
      await heard.until(['ann'])
      expect(await Promise.all([answered[0], answered[2]])).toEqual(['asked', 'asked'])
      one.say('asked', 'presence', [])
    })

    test('kinds and rooms are apart', async () => {
      const [one, two] = stage.buses
      const heard: string[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      two.onHeard((roomId, kind, said) => {
        heard.push(`${roomId} ${kind} ${said.map(({ id }) => id).join()}`)
        if (heard.includes('room typing ann') && heard.includes('asked presence bo')) resolve()
      })
      one.say('room', 'typing', [{ id: 'ann', name: null }])
      one.say('asked', 'presence', [person('bo')])
      await promise
      expect(heard.filter((one) => /^(room presence|asked typing)/.test(one))).toEqual([])
    })
  })
}

/** Keeps who is said to be in some room, by the latest word. */
export function listen(bus: SignalBus) {
  const all: string[][] = []
  const waiting: { ids: string; resolve: () => void }[] = []
  const listener: HeardListener = (_roomId, _kind, said) => {
    const ids = said.map(({ id }) => id).sort()
    all.push(ids)
    for (const wait of waiting) if (wait.ids === ids.join()) wait.resolve()
  }
  bus.onHeard(listener)
  return {
    all,
    /** Fulfilled when these are said to be there, and nobody else. */
    until: (ids: readonly string[]) =>
      all.at(-1)?.join() === ids.join()
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.push({ ids: ids.join(), resolve })),
  }
}

export function person(id: string): PresentUser {
  return { id, name: id, state: 'online' }
}

// --- types ---

export interface SignalStage {
  /** They follow the rooms `room` and `asked`. */
  buses: readonly [SignalBus, SignalBus, SignalBus]
  close(): Promise<void>
}
