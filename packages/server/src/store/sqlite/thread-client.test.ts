import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { tempDatabases } from './temp-folder.contract.ts'
import { ThreadClient } from './thread-client.ts'

const tempPath = tempDatabases()

test('a thread answers each question, in the order in which they were asked', async () => {
  const { client } = await start()
  expect(await Promise.all(['a', 'b', 'c'].map((one) => client.ask(one)))).toEqual(['a in x', 'b in x', 'c in x'])
  await client.close()
  await expect(client.ask('d')).rejects.toMatchObject({ code: 'unavailable' })
  await client.close()
})

test('a thread that dies leaves its questions unavailable, and is started again', async () => {
  const { client, errors } = await start()
  for (const death of ['crash', 'end']) {
    const asked = [death, 'never answered'].map((one) => client.ask(one))
    expect(await Promise.allSettled(asked)).toMatchObject([
      { status: 'rejected', reason: { code: 'unavailable' } },
      { status: 'rejected', reason: { code: 'unavailable' } },
    ])
    while ((await client.ask('there?').catch(() => undefined)) === undefined) await sleep(10)
  }
  expect(errors.map(({ message }) => message)).toEqual(['crashed as asked', 'a thread of the store ended with code 3'])
  await client.close()
})

test('a thread that dies in a transaction leaves nothing of it, and no lock', async () => {
  const { client } = await start(tempPath())
  await client.ask('write')
  for (const death of ['crash', 'end']) {
    await expect(client.ask(death)).rejects.toMatchObject({ code: 'unavailable' })
    while ((await client.ask('count').catch(() => undefined)) === undefined) await sleep(10)
    expect(await client.ask('count')).toBe(death === 'crash' ? 1 : 2)
    await client.ask('write')
  }
  await client.close()
})

test('what is under way when it is closed is answered first', async () => {
  const { client } = await start()
  const asked = client.ask('last')
  await client.close()
  expect(await asked).toBe('last in x')
})

test('a thread that cannot open its database says why, in one line', async () => {
  await expect(start('unopenable')).rejects.toMatchObject({
    name: 'StoreError',
    message: "The database unopenable can't be opened: no such thing.",
  })
})

async function start(path = 'x') {
  const errors: Error[] = []
  const data = { path, startId: 's', busyTimeoutMs: 0 }
  const client = await ThreadClient.start({
    file: 'crashing-thread.contract',
    data,
    onError: (error) => errors.push(error),
  })
  return { client, errors }
}
