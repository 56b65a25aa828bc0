import { expect, NETWORK_COMPLAINTS, test } from './fixture.ts'
import type { RoomView } from './person.ts'

test('[G3] [G4] two people on different nodes talk; the node of one is killed, and both have everything', async ({
  newPerson,
  stack,
  roomId,
  allow,
}) => {
  test.setTimeout(180_000)
  allow(...NETWORK_COMPLAINTS)
  const { url, program, cluster } = await stack.startCluster()
  try {
    const people: RoomView[] = []
    for (const [index, name] of ['Ada Lovelace', 'Grace Hopper'].entries()) {
      const node = cluster.nodes[index]
      cluster.preferred = node
      const person = await newPerson(name, { baseURL: url })
      people.push(await person.enter(roomId))
      await expect.poll(() => node?.countConnections()).toBe(1)
    }
    cluster.preferred = undefined
    const [ada, grace] = people as [RoomView, RoomView]

    await ada.say('Can you hear me?')
    await expect(grace.message('Can you hear me?')).toBeVisible()
    await grace.say('From another node')
    await expect(ada.message('From another node')).toBeVisible()
    await ada.react('From another node', '👍')
    await expect(grace.reaction('From another node', '👍')).toBeVisible()

    await cluster.nodes[0]?.kill()
    for (const [index, room] of people.entries()) {
      await room.type(`After the crash, ${index}`)
    }
    for (const room of people) {
      for (const index of [0, 1])
        await expect(room.message(`After the crash, ${index}`)).toHaveAttribute('data-status', 'sent', {
          timeout: 60_000,
        })
      await room.isLive()
    }
    const texts = await ada.texts()
    expect([...texts].sort()).toEqual(
      ['After the crash, 0', 'After the crash, 1', 'Can you hear me?', 'From another node'].sort(),
    )
    expect(await grace.texts()).toEqual(texts)
  } finally {
    await program.stop()
    await cluster.close()
  }
})
