/**
 * Facts: every version of every row of a room that anybody was shown. One version of a row is the same for everybody,
 * so whatever one reader got shows what another one must have got.
 *
 * A restored backup begins a new branch: what lies above its head is taken back, and its numbers are given again.
 */
import type { MessageRow, WireItem } from '../log.ts'
import type { Place } from './violation.ts'

export class Facts {
  /** Of each branch: where it began, and what was first known of it. */
  readonly #branches: Branch[] = [{ above: 0, rows: new Map() }]
  readonly #clashes = new Map<Row, Row>()
  readonly #views = new Map<number, View>()

  restore(head: number): void {
    this.#branches.push({ above: head, rows: new Map() })
  }

  add(rows: readonly Row[], branch: number): void {
    for (const row of rows) {
      const { rows: known } = this.#branches[this.#homeOf(row.version, branch)] as Branch
      const id = `${row.version} ${row.key}`
      const old = known.get(id)
      if (!old) known.set(id, row)
      else if (old.json !== row.json && !this.#clashes.has(old)) this.#clashes.set(old, row)
    }
    this.#views.clear()
  }

  /** One version of one row, told in two ways. */
  get clashes(): readonly (readonly [Row, Row])[] {
    return [...this.#clashes]
  }

  get branches(): number {
    return this.#branches.length
  }

  /** Whether what had this version in this branch was taken back since. */
  isTakenBack(version: number, branch: number): boolean {
    return this.#branches.slice(branch + 1).some(({ above }) => version > above)
  }

  /** Whether what had this version in one branch was taken back before a later one began, or as it did. */
  wasTakenBackBy(version: number, branch: number, later: number): boolean {
    return this.#branches.slice(branch + 1, later + 1).some(({ above }) => version > above)
  }

  /** What is known in a branch, with what it took over from those before it. */
  view(branch: number): View {
    const found = this.#views.get(branch)
    if (found) return found
    const rows: Row[] = []
    for (const [index, { rows: known }] of this.#branches.slice(0, branch + 1).entries()) {
      const limit = Math.min(...this.#branches.slice(index + 1, branch + 1).map(({ above }) => above))
      for (const row of known.values()) if (row.version <= limit) rows.push(row)
    }
    const view = new View(rows)
    this.#views.set(branch, view)
    return view
  }

  /** The branch that a version is of: it may be older than the branch in which it was read. */
  #homeOf(version: number, branch: number): number {
    let home = branch
    while (home > 0 && version <= (this.#branches[home]?.above ?? 0)) home -= 1
    return home
  }
}

/** What is known of a room's rows, by row and by version. */
export class View {
  /** By version, ascending. */
  readonly rows: readonly Row[]
  readonly #byKey = new Map<string, Row[]>()

  constructor(rows: readonly Row[]) {
    this.rows = rows.toSorted((one, other) => one.version - other.version)
    for (const row of this.rows) {
      const known = this.#byKey.get(row.key) ?? []
      known.push(row)
      this.#byKey.set(row.key, known)
    }
  }

  get keys(): Iterable<string> {
    return this.#byKey.keys()
  }

  /** The versions of one row, ascending. */
  of(key: string): readonly Row[] {
    return this.#byKey.get(key) ?? []
  }

  version(key: string, version: number): Row | undefined {
    return this.of(key).find((row) => row.version === version)
  }

  /** The newest known version of a row that is not above this. */
  latest(key: string, upTo: number): Row | undefined {
    return this.of(key).findLast(({ version }) => version <= upTo)
  }

  /** What changed above `from` and up to `to`: the newest known version of each row there. */
  changed(from: number, to: number): Row[] {
    const found = new Map<string, Row>()
    for (let index = this.#firstAbove(from); index < this.rows.length; index++) {
      const row = this.rows[index] as Row
      if (row.version > to) break
      found.set(row.key, row)
    }
    return [...found.values()]
  }

  #firstAbove(version: number): number {
    let [low, high] = [0, this.rows.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.rows[middle]?.version ?? 0) <= version) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The rows in an item of the wire or an entry of the log, whichever parts it has. */
export function rowsOf(item: object, place: Place): Row[] {
  const { room, row, member, me, message, members = [], messages = [], range, reset } = item as WireItem
  const rows: Row[] = []
  const add = (key: string, content: WireItem | null | undefined): void => {
    // Version 0 is a room that nobody has written yet.
    if (typeof content?.version !== 'number' || content.version === 0) return
    rows.push({ key, version: content.version, json: formatContent(content), content, place: { ...place, key } })
  }
  if (typeof room === 'object') add('room', room)
  add('room', row)
  for (const one of [member, me, ...members]) if (one) add(`member ${one.userId}`, one)
  for (const one of [message, ...messages]) if (one) add(`message ${one.id}`, one)
  for (const part of [range, reset]) if (part) rows.push(...rowsOf(part, place))
  return rows
}

/** The same text for the same content: a row out of the database may name its fields in another order than its event did. */
export function formatContent(content: WireItem): string {
  return JSON.stringify(content, (_, value: unknown) =>
    value === null || typeof value !== 'object' || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))),
  )
}

export function isMessage(row: Row): row is Row & { content: MessageRow } {
  return row.key.startsWith('message ')
}

// --- types ---

/** One version of a row, where it was first told. */
export interface Row {
  /** `message ID`, `member ID` or `room`. */
  key: string
  version: number
  json: string
  content: WireItem
  place: Place
}

interface Branch {
  /** The head of the backup that it began with. */
  above: number
  rows: Map<string, Row>
}
