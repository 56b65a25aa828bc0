/** `kill -9` of the real service during a burst, and what nobody may notice of it afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChatClient, createChatClient, type Message, type Room } from '@parlor/client'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../../scripts/free-port.ts'
import { FASTER_THAN_PEOPLE, type Program, startParlor } from '../support/processes.ts'
import { createRandom, pickSeed } from '../support/random.ts'
import { type ApiMessageRow, type History, ServiceApi } from '../support/service-api.ts'
import { RawSender } from './raw-sender.ts'

const SECRET = 'a5Qf0mVxN3s9uLr2TgHk7Vd4cJmPeB1w'
const KILLS = 5
const PER_SENDER = 120
const PER_CLIENT = 50

test('[G1] [G2] [G4] [G5] [G14] five times kill -9 in a burst: every acked message is there once, in order, everywhere', {
  timeout: 180_000,
}, async () => {
  const seed = pickSeed()
  console.log(`PARLOR_SEED=${seed}`)
  const random = createRandom(seed)
  const service = await startService()
  const { api } = service
  const acks = createCounter()

  const senders = ['sam', 'sue', 'sol'].map(
    (userId) =>
      new RawSender({
        url: `ws://127.0.0.1:${service.port}/v1/ws`,
        token: api.chatToken(userId),
        userId,
        roomId: 'public-burst',
        count: PER_SENDER,
        onAck: acks.add,
      }),
  )
  const people = ['ann', 'bo', 'cy'].map((userId) => createPerson(service, userId))
  const total = senders.length * PER_SENDER + people.length * PER_CLIENT

  const killing = (async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      await acks.reach(Math.floor((total * (kill - random())) / (KILLS + 1)))
      await sleep(random() * 20)
      await service.killAndRestart()
    }
  })()
  const bursts = people.map(async (person) => {
    const sends = Array.from({ length: PER_CLIENT }, (_, index) => `${person.userId} ${index}`).map(async (text) => {
      const { id, seq } = await person.burst.send(text)
      person.acked.set(id, seq)
      acks.add()
    })
    await Promise.all([...sends, changeUntilEnd(person, random)])
  })
  await Promise.all([killing, ...senders.map((sender) => sender.run()), ...bursts])

  const history = await api.readHistory('public-burst', 'ann')
  for (const { messages, acked } of senders) expectStored(history, messages, acked)
  for (const { userId, acked } of people) {
    const texts = Array.from({ length: PER_CLIENT }, (_, index) => `${userId} ${index}`)
    expectStored(
      history,
      [...acked.keys()].map((id, index) => ({ id, text: texts[index] ?? '' })),
      acked,
    )
  }
  expect(history.messages).toHaveLength(total)
  // Nothing was edited, so that every change is still to be seen: 1..n, each taken once.
  const seqs = [1, ...history.members.map(({ version }) => version), ...history.messages.map(({ seq }) => seq)]
  expect(seqs.sort((a, b) => a - b)).toEqual(Array.from({ length: history.head }, (_, index) => index + 1))
  expect(history.messages.map(({ ordinal }) => ordinal)).toEqual(history.messages.map((_, index) => index + 1))

  const edits = await api.readHistory('public-edits', 'ann')
  for (const person of people) {
    await converged(person.burst, history)
    await converged(person.edits, edits)
  }
})

/** Edits and reactions go on while the service dies: what they leave must be the same for everybody. */
async function changeUntilEnd({ edits, userId }: Person, random: () => number): Promise<void> {
  const { id } = await edits.send(`${userId} has something to say`)
  for (let round = 0; round < 30; round++) {
    const other = edits.getSnapshot().messages.find((message) => message.status === 'sent')
    const change = random() < 0.5 ? edits.edit(id, `${userId}, version ${round}`) : edits.react(other?.id ?? id, '👋')
    // A change may be refused when its time is over; what counts is that everybody sees the same.
    await change.catch(() => {})
  }
}

/** Each was acked, and stands in history once, with the seq and the text that were acked, in the order of sending. */
function expectStored(
  history: History,
  sent: readonly { id: string; text: string }[],
  acked: Map<string, number>,
): void {
  const rows = sent.map(({ id, text }) => {
    const found = history.messages.filter((message) => message.id === id)
    expect(found, `${text} is stored once`).toHaveLength(1)
    expect(found[0]).toMatchObject({ text, seq: acked.get(id) })
    return found[0] as ApiMessageRow
  })
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map(({ seq }) => seq).sort((a, b) => a - b))
}

/** Waits until a live client shows what history holds, over all that it has loaded. */
async function converged(room: Room, history: History): Promise<void> {
  const wanted = (from: number) => history.messages.filter(({ seq }) => seq >= from).map(describeRow)
  const shown = () => room.getSnapshot().messages
  await until(room, () => {
    const { status, messages } = room.getSnapshot()
    const last = Math.max(...messages.map(({ version }) => version ?? 0))
    return (
      status === 'live' &&
      messages.every(isSettled) &&
      last >= Math.max(...history.messages.map(({ version }) => version))
    )
  })
  expect(shown().map(describeMessage)).toEqual(wanted(shown()[0]?.seq ?? 0))
}

function isSettled({ status, isChanging }: Message): boolean {
  return (status === 'sent' || status === 'deleted') && !isChanging
}

function describeRow({ id, seq, version, text, user, reactions }: ApiMessageRow): unknown {
  return {
    id,
    seq,
    version,
    text,
    author: user.id,
    reactions: reactions.map(({ emoji, userIds }) => ({ emoji, userIds })),
  }
}

function describeMessage({ id, seq, version, text, user, reactions }: Message): unknown {
  return {
    id,
    seq,
    version,
    text,
    author: user.id,
    reactions: reactions.map(({ emoji, userIds }) => ({ emoji, userIds })),
  }
}

function until(room: Room, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return
      stop()
      resolve()
    }
    const stop = room.subscribe(look)
    look()
  })
}

async function startService(): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-kill-'))
  const port = await findFreePort()
  const start = () => startParlor({ port, database: join(folder, 'parlor.db'), secret: SECRET, env: GENEROUS })
  let program: Program = await start()
  onTestFinished(async () => {
    await program.kill()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    port,
    api: new ServiceApi(`http://127.0.0.1:${port}`, SECRET),
    async killAndRestart() {
      await program.kill()
      program = await start()
    },
  }
}

function createPerson({ port, api }: Service, userId: string): Person {
  const client: ChatClient = createChatClient({
    url: `http://127.0.0.1:${port}`,
    getToken: () => api.chatToken(userId),
    userId,
  })
  onTestFinished(() => client.destroy())
  const burst = client.room('public-burst')
  const edits = client.room('public-edits')
  burst.open()
  edits.open()
  return { userId, burst, edits, acked: new Map() }
}

function createCounter() {
  let count = 0
  const waiting = new Set<{ target: number; resolve: () => void }>()
  return {
    add() {
      count += 1
      for (const entry of waiting) if (count >= entry.target) entry.resolve()
    },
    reach: (target: number) =>
      count >= target ? Promise.resolve() : new Promise<void>((resolve) => waiting.add({ target, resolve })),
  }
}

/** The moment of a kill is any moment: this is no waiting for something to happen. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A burst is faster than people are. */
const GENEROUS = {
  ...FASTER_THAN_PEOPLE,
  PUBLIC_ROOMS: 'general,public-*',
  PARLOR_MAX_NEW_CONNECTIONS_PER_IP: '10000',
  PARLOR_ARRIVALS_PER_SECOND: '10000',
}

// --- types ---

interface Service {
  port: number
  api: ServiceApi
  killAndRestart(): Promise<void>
}

interface Person {
  userId: string
  burst: Room
  edits: Room
  /** In the order in which the acks came, which is the order of sending. */
  acked: Map<string, number>
}
