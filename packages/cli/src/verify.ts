/** `parlor verify URL`: people who aren't there chat on a real service, and what they saw is held against the guarantees. */
import { parseArgs } from 'node:util'
import { mintChatToken, mintServerToken } from '@parlor/server'
import {
  formatReport,
  formatVerdict,
  judge,
  type LogEntry,
  runWorkload,
  summarize,
  type WorkloadOptions,
} from '@parlor/verify'
import { CommandError } from './command-error.ts'
import { readEnv } from './env-files.ts'
import { readSigningKey } from './signing-key.ts'
import { findFlaws, LogFile, readLog } from './verify-log.ts'
import { explainRefusal, isAway, requireService } from './verify-service.ts'

export async function verify(args: string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return console.log(HELP)
  const options = readOptions(args)
  if (options.url === undefined) {
    report(readLog(options.log ?? ''))
    return
  }
  const { url, room, seconds, clients, seed, secretEnv } = options
  const { key, name } = readSigningKey(readEnv(process.env, process.cwd()), process.cwd(), secretEnv)
  await requireService(url)
  const file = options.log === undefined ? undefined : new LogFile(options.log)
  const seen: LogEntry[] = []
  const workload: WorkloadOptions = {
    ...{ url, seconds, seed, people: Math.ceil(clients / CLIENTS_PER_PERSON), operationsPerSecond: 2 },
    tokenFor: (user) => mintChatToken(user, key),
    ...(room === undefined ? { serverToken: () => mintServerToken(key) } : { rooms: [room] }),
    settleMs: SETTLE_MS,
    onEntry: (entry) => {
      seen.push(entry)
      file?.write(entry)
    },
  }
  console.log(
    `parlor verify: ${url}, seed ${seed}, ${seconds} s, ${clients} clients in ${room ?? 'a private room of their own'}\n`,
  )
  try {
    report(
      await runWorkload(workload).catch((error: unknown) => {
        const hasBegun = seen.some(({ type }) => type === 'invoke')
        if (!hasBegun || !isAway(error)) return explainRefusal(error, { url, room, secret: name })
        console.log(`The service at ${url} stopped answering in the middle: what was seen until then is judged.\n`)
        return seen
      }),
    )
  } finally {
    file?.close()
  }
}

function report(log: readonly LogEntry[]): void {
  const violations = judge(log)
  const summary = summarize(log)
  console.log(formatReport(summary, violations))
  console.log(`\n${describeRemains(log)}`)
  const flaws = findFlaws(log)
  for (const flaw of flaws) console.log(`It proves less than it should: ${flaw}.`)
  console.log(formatVerdict(summary, violations))
  if (violations.length > 0 || flaws.length > 0) process.exitCode = 1
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
    throw new CommandError(
      `parlor: ${url} is no address: write ${/^(localhost|[\d.]+|\[[\da-f:]+\])(:|$)/i.test(url) ? `http://${url}` : 'https://chat.example.com'}`,
    )
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

/** As many as the workload gives each person. */
const CLIENTS_PER_PERSON = 2

/** A service that answers has told everybody everything long before; one that is gone isn't waited for any longer. */
const SETTLE_MS = 20_000

const HELP = `Usage: parlor verify URL [options]
       parlor verify --log FILE

People who aren't there chat on the service at URL for a while, and what they saw is held against what it promises.
With --log and no URL, judges a log that was written before. docs/verify.md says what it leaves behind, and more.

  --seconds N        for how long new operations begin, 1 to 600 [20]
  --clients N        clients, two for each person, 2 to 20 [6]
  --room ID          works in this public room, instead of a private one of its own
  --seed N           makes the same choices again
  --log FILE         writes the log
  --secret-env NAME  the variable that has the secret [PARLOR_TOKEN_SECRET, AUTH_SECRET or NEXTAUTH_SECRET]
  --help             print this`

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
