import { noteAcks } from './acks.ts'
import { expect, NETWORK_COMPLAINTS, test } from './fixture.ts'

test('[G1] [G5] reloading in the middle of a send never doubles a message, and keeps what was acknowledged', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  test.setTimeout(120_000)
  // A socket that is closed while it opens.
  allow(...NETWORK_COMPLAINTS)
  const ada = await newPerson('Ada Lovelace')
  const room = await ada.enter(roomId)
  const acked = new Set<string>()
  ada.page.on('websocket', (socket) => noteAcks(socket, acked))
  await ada.page.reload()
  await room.isLive()

  // There and back takes 0.4 s, so that every moment between the key and the ack can be met.
  stack.network.slow({ latencyMs: 200 })
  const texts: string[] = []
  for (const delayMs of [0, 30, 120, 220, 320, 420]) {
    const text = `Reloaded after ${delayMs} ms`
    texts.push(text)
    await room.type(text)
    await ada.page.waitForTimeout(delayMs)
    await ada.page.reload()
    await room.isLive()
  }
  await room.say('Reloaded after the ack')
  texts.push('Reloaded after the ack')
  await ada.page.reload()
  await room.isLive()
  stack.network.pass()
  await room.say('The last one')
  texts.push('The last one')

  const { messages } = await stack.api.readHistory(roomId, 'ada-lovelace')
  const stored = messages.map(({ text }) => text)
  expect(stored).toEqual([...new Set(stored)])
  expect(stored).toEqual(texts.filter((text) => stored.includes(text)))
  for (const text of acked) expect(stored, 'what was acknowledged is there').toContain(text)
  expect(acked).toContain('Reloaded after the ack')
  await ada.page.reload()
  await room.isLive()
  expect(await room.texts()).toEqual(stored)
})
