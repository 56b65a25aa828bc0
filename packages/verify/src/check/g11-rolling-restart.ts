/** G11: whoever is asked to go by a node that ends is on another one soon. */

import type { LogEntry } from '../log.ts'
import { dueOf, readFaults, timeOf } from './due.ts'
import type { Evidence, SocketEvidence } from './evidence.ts'
import { sayFor } from './say.ts'
import type { Violation } from './violation.ts'

/** docs/guarantees.md */
const BACK_WITHIN_MS = 10_000

/** docs/protocol.md */
const SERVICE_RESTART = 1012

export function checkRollingRestart(evidence: Evidence): Violation[] {
  const say = sayFor('G11', evidence)
  const faults = readFaults(evidence)
  const byClient = Map.groupBy(evidence.sockets, ({ client }) => client)
  return [...readClients(evidence)].flatMap((client) =>
    (byClient.get(client) ?? []).flatMap((socket, index, all) => {
      const { closedAt } = socket
      if (closedAt === undefined || !isAskedToGo(evidence.entries[closedAt])) return []
      const next: SocketEvidence | undefined = all[index + 1]
      const backAt = next?.openedAt ?? evidence.entries.length - 1
      const due = dueOf(timeOf(evidence, closedAt), BACK_WITHIN_MS, faults)
      if (timeOf(evidence, backAt) <= due || wentByItself(evidence, client, closedAt, backAt)) return []
      const away = Math.round(timeOf(evidence, backAt) - timeOf(evidence, closedAt))
      const message = `${client} was asked to go, and ${next ? `came back after ${away} ms` : 'never came back'}.`
      return [say('away-long', message, [{ at: closedAt }, next && { at: next.openedAt }])]
    }),
  )
}

/** Those that come back by themselves. */
function readClients({ entries }: Evidence): Set<string> {
  return new Set(entries.flatMap((entry) => (entry.type === 'shown' ? [entry.client] : [])))
}

/** Whether a socket ended because its node did. */
export function isAskedToGo(entry: LogEntry | undefined): boolean {
  return entry?.type === 'closed' && entry.by === 'service' && entry.code === SERVICE_RESTART
}

function wentByItself({ operations }: Evidence, client: string, from: number, to: number): boolean {
  return operations.some(({ at, entry }) => {
    const isLeaving = entry.kind === 'disconnect' || entry.kind === 'reload'
    return isLeaving && entry.client === client && at > from && at < to
  })
}
