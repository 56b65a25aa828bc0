/** `parlor verify URL`: people who aren't there chat on a real service, and what they saw is held against the guarantees. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { mintChatToken, mintServerToken } from '@parlor/server'
import {
  formatEntry,
  formatReport,
  formatVerdict,
  judge,
  type LogEntry,
  parseLog,
  runWorkload,
  summarize,
  type WorkloadOptions,
} from '@parlor/verify'
import { CommandError } from './command-error.ts'
import { readEnv } from './env-files.ts'
import { readSigningKey } from './signing-key.ts'
import { explainRefusal, requireService } from './verify-service.ts'

export async function verify(args: string[]): Promise<void> {
  const options = readOptions(args)
  if (options.url === undefined) {
    report(readLog(options.log))
    return
  }
  const { url, room, seconds, clients, seed, secretEnv } = options
  const { key, name } = readSigningKey(readEnv(process.env, process.cwd()), process.cwd(), secretEnv)
  await requireService(url)
  const file = options.log === undefined ? undefined : openLog(options.log)
  const workload: WorkloadOptions = {
    ...{ url, seconds, seed, people: Math.ceil(clients / CLIENTS_PER_PERSON), operationsPerSecond: 2 },
    tokenFor: (user) => mintChatToken(user, key),
    ...(room === undefined ? { serverToken: () => mintServerToken(key) } : { rooms: [room] }),
    onEntry: (entry) => {
      if (file !== undefined) writeSync(file, formatEntry(entry))
    },
  }
  console.log(
    `parlor verify: ${url}, seed ${seed}, ${seconds} s, ${clients} clients in ${room ?? 'a private room of their own'}\n`,
  )
  try {
    report(await runWorkload(workload).catch((error: unknown) => explainRefusal(error, { url, room, secret: name })))
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function report(log: readonly LogEntry[]): void {
  const violations = judge(log)
  const summary = summarize(log)
  console.log(formatReport(summary, violations))
  console.log(`\n${describeRemains(log)}`)
  if (log.at(-1)?.type !== 'end') console.log('The log ends too early: it was judged as far as it goes.')
  console.log(formatVerdict(summary, violations))
  if (violations.length > 0) process.exitCode = 1
}

/** The person should know: nobody else will clean it up. */
function describeRemains(log: readonly LogEntry[]): string {
  const rooms = log.flatMap((entry) => (entry.type === 'room' ? [entry.room] : []))
  const messages = log.flatMap((entry) => (entry.type === 'final' ? entry.messages : [])).length
  return `Left behind: ${messages} messages in ${rooms.join(', ') || 'no room'}. The service has no way to delete a room.`
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parse(args)
  if (positionals.length > 1) throw new CommandError(`parlor: verify takes one address, not ${positionals.length}`)
  const [url] = positionals
  if (url === undefined && values.log === undefined) throw new CommandError(`parlor: ${USAGE}`)
  if (url !== undefined && !isAddress(url))
    throw new CommandError(`parlor: ${url} is no address: write https://chat.example.com`)
  return {
    url,
    log: values.log,
    room: values.room,
    secretEnv: values['secret-env'],
    seconds: readNumber('--seconds', values.seconds ?? '20', 1, 600),
    clients: readNumber('--clients', values.clients ?? '6', 2, 20),
    seed:
      values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : readNumber('--seed', values.seed, 0, 2 ** 31),
  }
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { seconds: text, clients: text, room: text, seed: text, log: text, 'secret-env': text },
    })
  } catch (error) {
    throw new CommandError(`parlor: ${(error as Error).message.split('. ')[0]}; ${USAGE}`)
  }
}

function readNumber(name: string, value: string, low: number, high: number): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= low && number <= high) return number
  throw new CommandError(`parlor: ${name} must be a whole number from ${low} to ${high}`)
}

function isAddress(url: string): boolean {
  return URL.canParse(url) && /^(https?|wss?):$/.test(new URL(url).protocol)
}

function openLog(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw new CommandError(`parlor: ${path} can't be written: ${(error as Error).message}`)
  }
}

function readLog(path = ''): LogEntry[] {
  try {
    return parseLog(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CommandError(`parlor: ${path} can't be judged: ${(error as Error).message}`)
  }
}

/** As many as the workload gives each person. */
const CLIENTS_PER_PERSON = 2

const USAGE =
  'use `parlor verify URL [--seconds N] [--clients N] [--room ID] [--seed N] [--log FILE] [--secret-env NAME]`, or `parlor verify --log FILE` to judge a log'

// --- types ---

interface Options {
  url: string | undefined
  log: string | undefined
  room: string | undefined
  secretEnv: string | undefined
  seconds: number
  clients: number
  seed: number
}
