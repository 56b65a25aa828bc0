/** The log of a run as a file, and what a log lacks to prove anything. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { formatEntry, type LogEntry, parseLog } from '@parlor/verify'
import { CommandError } from './command-error.ts'

/** A log while it is written. */
export class LogFile {
  readonly #path: string
  readonly #file: number
  #error: Error | undefined

  constructor(path: string) {
    this.#path = path
    try {
      this.#file = openSync(path, 'w')
    } catch (error) {
      throw new CommandError(`parlor: ${path} can't be written: ${(error as Error).message}`)
    }
  }

  /** A disk that is full doesn't end the run. */
  write(entry: LogEntry): void {
    if (this.#error) return
    try {
      writeSync(this.#file, formatEntry(entry))
    } catch (error) {
      this.#error = error as Error
    }
  }

  close(): void {
    closeSync(this.#file)
    if (this.#error) throw new CommandError(`parlor: ${this.#path} isn't whole: ${this.#error.message}`)
  }
}

/** Reads a log. A last line that was cut off is left out: `findFlaws` says that the end is missing. */
export function readLog(path: string): LogEntry[] {
  try {
    const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
    const log = parseLog(text.endsWith('\n') ? text : text.slice(0, text.lastIndexOf('\n') + 1))
    const [header] = log
    if (header?.type !== 'header') throw new TypeError('its first line is no header of a run')
    if (header.format !== FORMAT)
      throw new TypeError(`its format is ${header.format}, and this version reads ${FORMAT}`)
    return log
  } catch (error) {
    throw new CommandError(`parlor: ${path} can't be judged: ${(error as Error).message}`)
  }
}

/** Why no violation in this log means little. */
export function findFlaws(log: readonly LogEntry[]): string[] {
  const rooms = log.flatMap((entry) => (entry.type === 'room' ? [entry.room] : []))
  const hasFinal = (room: string): boolean => log.some((entry) => entry.type === 'final' && entry.room === room)
  const hasLook = (room: string): boolean =>
    log.some((entry) => entry.type === 'shown' && entry.isFinal && entry.room === room)
  return [
    ...(log.some(({ type }) => type === 'invoke') ? [] : ['nobody did anything']),
    ...(log.at(-1)?.type === 'end' ? [] : ['it ends too early, and was judged as far as it goes']),
    ...rooms.filter((room) => !hasFinal(room)).map((room) => `nobody read the whole of ${room} in the end`),
    ...rooms.filter((room) => !hasLook(room)).map((room) => `nobody said what they saw of ${room} in the end`),
  ]
}

/** What `Header.format` of this version is. */
const FORMAT = 1
