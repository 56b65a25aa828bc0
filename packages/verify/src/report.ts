/** The report of a run for people: what was done, what was checked, and every violation with what shows it. */
import type { Outcomes, Summary } from './check/summary.ts'
import type { Guarantee, Violation } from './check/violation.ts'

export function formatReport(summary: Summary, violations: readonly Violation[]): string {
  const { sockets, breaks, resumes, resets, ranges, faults, deliveries, unknownSends } = summary
  const { stored, never } = unknownSends
  const rows = Object.entries(summary.operations).map(([kind, { begun, ok, fail, unknown }]: [string, Outcomes]) =>
    [kind, begun, ok, fail, unknown].map(String),
  )
  return [
    ...formatTable(['operation', 'begun', 'done', 'refused', 'unknown'], rows),
    '',
    `${deliveries} deliveries on ${sockets} sockets, of which ${breaks} broke; ${resumes} resumes, ${resets} resets, ${ranges} live ranges, ${faults} faults`,
    `${stored + never} sends whose outcome was unknown for a time: ${stored} stored once, ${never} never stored`,
    '',
    ...formatTable(
      ['', 'checked', 'violations'],
      (Object.entries(CHECKED) as [Guarantee, string][]).map(([guarantee, what]) => {
        const found = violations.filter((violation) => violation.guarantee === guarantee).length
        const isTried = (TRIED[guarantee] ?? (() => true))(summary)
        return [guarantee, what, isTried || found > 0 ? String(found) : 'not tried']
      }),
    ),
    ...(summary.storeFaults > 0 ? [] : ['G13 is tried only where somebody takes the database away meanwhile.']),
    ...(summary.presences > 0 ? [] : ['G10 is tried only where the service tells who is in a room.']),
    ...(summary.askedToGo > 0 ? [] : ['G11 is tried only where a node ends meanwhile.']),
    ...(summary.restores > 0 ? [] : ['Of G6, a restored backup was not tried.']),
    'G8 (expiry), G9 (slow readers) and G12 (storms) are not judged by a log: the tests of the service hold them.',
    ...violations.slice(0, MAX_SHOWN).flatMap((violation) => ['', formatViolation(violation)]),
    ...(violations.length > MAX_SHOWN ? ['', `… and ${violations.length - MAX_SHOWN} more.`] : []),
  ].join('\n')
}

/** One violation and its excerpt, a line an entry. */
export function formatViolation({ guarantee, rule, message, excerpt }: Violation): string {
  return [
    `${guarantee} ${rule}: ${message}`,
    ...excerpt.map(({ line, entry }) => `  ${String(line).padStart(6)}  ${JSON.stringify(entry)}`),
  ].join('\n')
}

/** The last line. */
export function formatVerdict({ total, deliveries }: Summary, violations: readonly Violation[]): string {
  return `verify: ${total} operations, ${deliveries} deliveries, ${violations.length} violations`
}

/** The first column and texts to the left, numbers to the right. */
function formatTable(head: readonly string[], rows: readonly string[][]): string[] {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const isText = head.map((_, column) => column === 0 || rows.some((row) => !/^\d+$/.test(row[column] ?? '')))
  return all.map((row) =>
    row
      .map((cell, column) => (isText[column] ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

const CHECKED: Record<Guarantee, string> = {
  G1: 'what was acknowledged is in history',
  G2: 'one order, the same for everybody',
  G3: 'no gap and no repeat on any socket',
  G4: 'everybody has everything within 5 s',
  G5: 'each message once, refused ones never',
  G6: 'everything missed, or a reset',
  G7: 'nothing for whoever was removed',
  G10: 'who is shown as there is there',
  G11: 'who is asked to go is back within 10 s',
  G13: 'no acknowledgment without the database',
  G14: 'what is shown is what is stored',
}

/** Whether a run tried a guarantee, of those that not every run tries. */
const TRIED: Partial<Record<Guarantee, (summary: Summary) => boolean>> = {
  G10: ({ presences }) => presences > 0,
  G11: ({ askedToGo }) => askedToGo > 0,
  G13: ({ storeFaults }) => storeFaults > 0,
}

/** More of them rarely say more: the log has all. */
const MAX_SHOWN = 20
