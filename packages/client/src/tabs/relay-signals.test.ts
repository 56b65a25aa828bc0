import type { PresenceSignal } from '@parlor/protocol'
import { expect, test } from 'vitest'
import { settle } from '../testing/fake-clock.ts'
import { createRelayedTabs, type RelayedTab } from '../testing/relayed-tabs.ts'
import { opened } from '../testing/rows.ts'

test('[TYPE-1] a person writes while one of their tabs does', async () => {
  const { first, second, service } = await createOpenTabs()
  const set = (tab: RelayedTab, on: boolean) => tab.send({ type: 'typing.set', roomId: 'general', on })
  const said = () => service.all('typing.set').map(({ on }) => on)
  set(first, true)
  set(second, true)
  set(first, false)
  await settle()
  expect(said()).toEqual([true, true])
  expect(first.heard()).toContainEqual({ ref: expect.any(Number), ok: {} })
  second.socket.close(1000, '')
  expect(said()).toEqual([true, true, false])
})

test('[TYPE-2] a message that one tab sends ends the writing of all', async () => {
  const { first, second, service } = await createOpenTabs()
  for (const tab of [first, second]) tab.send({ type: 'typing.set', roomId: 'general', on: true })
  first.send({ type: 'message.send', roomId: 'general', id: 'm1', text: 'hi' })
  second.send({ type: 'typing.set', roomId: 'general', on: false })
  second.socket.close(1000, '')
  expect(service.all('typing.set').map(({ on }) => on)).toEqual([true, true])
})

test('[PRES-1] who is there is told to every tab that has the room open, and asked for while one of them wants it', async () => {
  const { first, second, third, service } = await createOpenTabs()
  const watch = (tab: RelayedTab, on: boolean) => tab.send({ type: 'presence.watch', roomId: 'general', on })
  watch(first, true)
  watch(second, true)
  const signal: PresenceSignal = { type: 'presence', roomId: 'general', users: [], count: 0 }
  service.say(signal)
  await settle()
  const heard = [first, second, third].map((tab) => tab.heard().filter((item) => 'type' in item))
  expect(heard).toEqual([[signal], [signal], []])
  watch(first, false)
  expect(service.all('presence.watch').map(({ on }) => on)).toEqual([true, true])
  second.send({ type: 'room.close', roomId: 'general' })
  expect(service.all('presence.watch').map(({ on }) => on)).toEqual([true, true, false])
})

test('[PRES-2] a person is away when all of their tabs are', async () => {
  const { first, second, third, service, join, greet } = await createOpenTabs()
  const states = () => service.all('presence.set').map(({ state }) => state)
  const away = (tab: RelayedTab) => tab.send({ type: 'presence.set', state: 'away' })
  away(first)
  away(second)
  expect(states()).toEqual([])
  third.socket.close(1000, '')
  expect(states()).toEqual(['away'])
  const fourth = join()
  await greet(fourth)
  expect(states()).toEqual(['away', 'online'])
  away(fourth)
  second.send({ type: 'presence.set', state: 'online' })
  expect(states()).toEqual(['away', 'online', 'away', 'online'])
})

/** Three tabs, two of them with the room open. */
async function createOpenTabs() {
  const tabs = createRelayedTabs()
  const [first, second, third] = [tabs.join(), tabs.join(), tabs.join()] as const
  await tabs.signIn(first)
  for (const tab of [second, third]) await tabs.greet(tab)
  for (const tab of [first, second]) {
    tab.send({ type: 'room.open', roomId: 'general' })
    tabs.service.say({ ref: tabs.service.last('room.open').ref, ok: opened(5, []) })
    await settle()
    tab.heard()
  }
  return { ...tabs, first, second, third }
}
