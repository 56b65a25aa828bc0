/** What a server's whole process tree has cost so far, by Linux's own account: all processes, all threads. */
import { readdirSync, readFileSync } from 'node:fs'

/** CPU time of a process and everything it started, in ms, to within the kernel's tick of 10 ms. */
export function readCpu(pid: number): CpuTime {
  const total = { userMs: 0, systemMs: 0 }
  for (const member of listTree(pid)) {
    const line = readStat(member)
    if (line === undefined) continue
    const { userMs, systemMs } = parseStat(line)
    total.userMs += userMs
    total.systemMs += systemMs
  }
  return total
}

/** Memory of the tree in KiB: its proportional share of what it has in RAM, so that shared libraries count once. */
export function readMemoryKiB(pid: number): number {
  return listTree(pid)
    .map((member) => /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8'))?.[1])
    .reduce((sum, kib) => sum + Number(kib ?? 0), 0)
}

/**
 * User and system time of one line of `/proc/PID/stat`, with that of children that have ended. The name in it may hold
 * spaces and brackets.
 */
export function parseStat(line: string): CpuTime {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const sum = (at: number) => (Number(fields[at]) + Number(fields[at + CHILDREN])) * TICK_MS
  return { userMs: sum(USER_FIELD), systemMs: sum(SYSTEM_FIELD) }
}

/** Undefined for a process that has ended meanwhile: then its parent has its time. */
function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
}

/** The process, its children, theirs, and so on; but who has ended while it looks. */
function listTree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  const listIfThere = (child: number): number[] => {
    try {
      return listTree(child)
    } catch {
      return []
    }
  }
  return [pid, ...children.flatMap(listIfThere)]
}

/** Fields 14 and 15 of proc_pid_stat(5), counted after the name. */
const USER_FIELD = 11
const SYSTEM_FIELD = 12
/** Fields 16 and 17 are those of children that it has waited for. */
const CHILDREN = 2

/** USER_HZ is 100 on every Linux that Node runs on. */
export const TICK_MS = 10

// --- types ---

export interface CpuTime {
  userMs: number
  systemMs: number
}
