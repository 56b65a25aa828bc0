/** The log: structured lines that never hold a token or a message. */
import { type Logger, pino } from 'pino'

/** Everything that could carry a secret is cut, wherever a careless line might put it. */
export function createLog(level: string, destination?: LogDestination): Logger {
  const options = { level, redact: { paths: REDACTED, censor: '[redacted]' } }
  return destination ? pino(options, destination) : pino(options)
}

const SECRETS = ['token', 'authorization', 'cookie', 'secret', 'text', 'data', 'body']
const REDACTED = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

// --- types ---

export interface LogDestination {
  write(line: string): void
}

export type { Logger }
