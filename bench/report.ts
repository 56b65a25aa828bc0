/** Report is the table on the terminal, and the page that keeps it with everything that was measured. */
import type { Ledger, Subject, Values, Workload } from './ledger.ts'
import { format, type Row } from './targets.ts'

/** The table of targets as lines of text. The last one counts. */
export function formatTable(rows: readonly Row[]): string[] {
  const cells = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const notes = [...new Set(rows.flatMap((row) => row.notes.map((note) => `${row.workload}, ${note}`)))]
  return [...lines, '', ...notes, `bench: ${rows.filter((row) => row.isMet).length} of ${rows.length} targets met`]
}

/** The page `docs/results/bench.md`. */
export function formatPage(rows: readonly Row[], ledger: Ledger, context: Context): string {
  const met = rows.filter((row) => row.isMet).length
  const notes = [...new Set(rows.flatMap((row) => row.notes.map((note) => `- ${row.workload}, ${note}`)))]
  return `# Benchmark

Written by \`${context.command}\` on ${context.date}; commit ${context.commit}.

${context.machine.map((line) => `- ${line}`).join('\n')}
- ${context.rounds}; ${context.noise}.

**${met} of ${rows.length} targets met.**

${markdownTable(HEADINGS, rows.map(cellsOf))}

${notes.length > 0 ? `What the runs noted:\n\n${notes.join('\n')}\n` : ''}
## Every peer

Medians of all rounds, and in brackets the least and the most. CPU is that of the server's whole process tree, in user mode and in the kernel, all threads. Latencies are from the time when a message was due to be sent; CPU per delivery is in µs.

${markdownTable(PEER_HEADINGS, peerRows(ledger))}

${EXPLANATION}
`
}

const HEADINGS = ['workload', 'what', 'Parlor', 'compared with', 'measured', 'target', '']

function cellsOf({ workload, what, parlor, other, measured, target, isMet }: Row): string[] {
  return [workload, what, parlor, other, measured, target, isMet ? 'met' : 'not met']
}

const PEER_HEADINGS = ['workload', 'peer', 'measured']

function peerRows(ledger: Ledger): string[][] {
  return WORKLOADS.flatMap((workload) =>
    ledger.peersOf(workload).map((peer) => [workload, peer, describe(ledger, workload, peer)]),
  )
}

function describe(ledger: Ledger, workload: Workload, peer: Subject): string {
  const values = VALUES.flatMap(([value, label, unit]) => {
    const summary = ledger.read(workload, peer, value)
    return summary.count === 0 ? [] : [`${label} ${format(summary, unit)}`]
  })
  return [values.join(', '), ...ledger.flawsOf(workload, peer)].join('; ')
}

function markdownTable(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = headings.map(() => '---')
  return [headings, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

const WORKLOADS: readonly Workload[] = [
  'W1',
  'W1-busy',
  'W2',
  'W3',
  'W2-max',
  'W4',
  'W5',
  'W6, 1 member',
  'W6, 10 members',
  'quiet',
  'fair',
  'idle',
]

const VALUES: readonly (readonly [keyof Values, string, string])[] = [
  ['usPerDelivery', 'CPU', 'µs'],
  ['userUs', 'user', 'µs'],
  ['systemUs', 'kernel', 'µs'],
  ['p50', 'p50', 'ms'],
  ['p99', 'p99', 'ms'],
  ['deliveriesPerSecond', 'deliveries', '/s'],
  ['acksPerSecond', 'acks', '/s'],
  ['ackP50', 'ack p50', 'ms'],
  ['ackP99', 'ack p99', 'ms'],
  ['loopP99', 'event loop delay p99', 'ms'],
  ['kibPerConnection', 'per connection', 'KiB'],
  ['connectsPerCpuSecond', 'connects per CPU second', ''],
  ['idleMiB', 'idle memory', 'MiB'],
  ['coldStartMs', 'cold start', 'ms'],
  ['installedMiB', 'installed', 'MiB'],
  ['generatorShare', 'generator', 'CPUs'],
]

const EXPLANATION = `## The workloads

| workload | load |
| --- | --- |
| W1 | one room of 1,000 connections, 50 messages a second from 10 of them |
| W1-busy | the same room, 200 messages a second |
| W2 | 200 rooms of 10, 3,000 messages a second, one sender in each room |
| W3 | W1's room: the most deliveries a second with a p99 below 250 ms |
| W2-max | W2's rooms: the most deliveries a second with a p99 below 100 ms |
| W4 | 10,000 idle connections, 1,000 rooms of 10: growth of the process's proportional memory (PSS) |
| W5 | connections a second of server CPU, from the TCP connection until each is in its room, 64 on their way at once; after two to each room that don't count, for what is compiled; Parlor checks the chat token and resumes a room that holds a message |
| W6 | 100 rooms; every message is answered after its commit |
| quiet | one room of 10, a lone message ten times a second; beside it, an append of 160 bytes and an fdatasync at the same cadence on the same disk |
| fair | W2's rooms with 1,000 messages a second, alone and beside a flood: a room of 100 with another 1,000 messages a second from 10 of them; measured is W2's rooms |

A message is a text of 120 bytes. A rate of W3 and W2-max passes if at least 98 % of its deliveries come within the window, all of them within three seconds, each once and in order, and the p99 is below the limit; the quick run tries a few fixed rates, the full one steps of an eighth.

## How it is measured

- Each server is a process of its own, started afresh for every run, from JavaScript and with the same \`NODE_OPTIONS=--max-semi-space-size=16\` as Parlor's Docker image (without it a connection takes some 7 KiB more in Parlor and in Socket.IO, 1 KiB in the \`ws\` loop); Parlor is \`parlor start\` from its build, with SQLite on the disk and every answer after its sync. The generator is another process, on raw sockets with its own WebSocket framing; it finds messages with a byte scan instead of parsing JSON.
- Every connection checks every message: the number in the payload must be the sender's next. The same holds for Parlor's answers. A run that loses, doubles or reorders anything, or falls more than 2 % behind its load, meets no target, whether it is Parlor's or the one that Parlor is compared with.
- Messages are sent at fixed times whatever comes back, and latency counts from those times. The generator wakes once a millisecond, which is part of every latency but the quiet one's, where it spins.
- The peers take turns within a round, and who is first changes from round to round. A run in which the generator used more than 85 % of a CPU says so. Nothing is pinned: server and generator share the machine's CPUs.

The targets that are missed, by how much and why: [bench-missed.md](bench-missed.md).

## What is not equal

- Parlor checks a token, parses and validates every command, asks rate limits and permissions, numbers and stores every message durably, and answers it. The peers do none of this: they hand a text on.
- Parlor's event is the whole row (id, seq, author, time): about 400 bytes for a text of 120. The peers send 122 to 140 bytes.
- Limits of Parlor on rates and connections are raised by their documented settings; its bound on slow readers is on. The peers have no such limits.
- Socket.IO runs with WebSocket as its only transport and joins the room while it connects; Bun runs its native server with \`publish\`. None of them compresses.
- Parlor has a thread that writes the database and one that reads it; the peers have one thread for everything. CPU counts all of them, but not the kernel's own threads, which write the journal for Parlor's syncs.`

// --- types ---

export interface Context {
  command: string
  date: string
  commit: string
  machine: readonly string[]
  /** How many rounds there were. */
  rounds: string
  noise: string
}
