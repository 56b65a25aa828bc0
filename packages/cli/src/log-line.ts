/** formatLogLine: a line of the log as a person at a terminal reads it. */

/**
 * Time, level, message, then `key=value`; a stack on lines of its own. What isn't JSON stays as it is.
 *
 * Values come from outside (an `Origin`, say), so nothing in them reaches the terminal as a control character.
 *
 * @param line one line of JSON, as pino writes it
 */
export function formatLogLine(line: string): string {
  const entry = parse(line)
  if (!entry) return line
  const { time, level, msg, pid: _pid, hostname: _hostname, err, ...fields } = entry
  const clock = typeof time === 'number' ? new Date(time).toTimeString().slice(0, 8) : '--:--:--'
  const name = (LEVELS[String(level)] ?? String(level)).padEnd(5)
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key}=${formatValue(value)}`)
  const { stack, message } = (typeof err === 'object' && err !== null ? err : {}) as {
    stack?: unknown
    message?: unknown
  }
  const trace = err === undefined ? '' : `${formatText(String(stack ?? message ?? JSON.stringify(err)))}\n`
  return `${[clock, name, formatText(String(msg ?? '')).replaceAll('\n', '\\n'), ...pairs].join(' ')}\n${trace}`
}

/** Pino's own numbers. */
const LEVELS: Readonly<Record<string, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}

function formatValue(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && isPlain(item))) {
    return value.join(',')
  }
  if (typeof value === 'string' && isPlain(value)) return value
  return formatText(JSON.stringify(value))
}

function isPlain(text: string): boolean {
  return /^[\w./:@*+?&=%[\]~-]+$/.test(text)
}

/** C0 (but for line breaks and tabs), DEL and C1 as escapes: a terminal obeys them. */
function formatText(text: string): string {
  return text.replace(
    /[\0-\x08\x0b-\x1f\x7f-\x9f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
