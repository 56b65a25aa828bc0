/** Whether a chat service is there to be verified, and what its refusals mean to whoever asked for it, in one line. */
import { CommandError } from './command-error.ts'

/** Throws a CommandError unless a chat service answers at this address. */
export async function requireService(url: string): Promise<void> {
  const check = `${url.replace(/^ws/, 'http').replace(/\/+$/, '')}/v1/check`
  const response = await fetch(check, { signal: AbortSignal.timeout(CHECK_MS) }).catch((error: unknown) => {
    throw new CommandError(
      `parlor: nothing answers at ${url}: ${reasonOf(error)}. Is the service running, and is that its address?`,
    )
  })
  const answer = (await response.json().catch(() => undefined)) as { protocols?: unknown } | undefined
  if (!Array.isArray(answer?.protocols))
    throw new CommandError(
      `parlor: what answers at ${url} is no chat service; write the address of the service, not of the app`,
    )
}

/** Rethrows what a run ended with: as one line where the person can mend it. */
export function explainRefusal(error: unknown, { url, room, secret }: Asked): never {
  const { code, message, hint } = error as { code?: unknown; message: string; hint?: string }
  if (typeof code !== 'string' || !(error instanceof Error) || error.name !== 'ChatError') throw error
  if (code === 'secret_mismatch')
    throw new CommandError(
      `parlor: the service at ${url} has another secret than ${secret} here; set it to the service's own, or name another variable with --secret-env`,
    )
  if (code === 'room_not_found' && room !== undefined)
    throw new CommandError(
      `parlor: ${room} is no public room of this service: PUBLIC_ROOMS there must match it, or leave --room out`,
    )
  throw new CommandError(`parlor: the run could not go on (${code}): ${message}${hint ? ` ${hint}` : ''}`)
}

/** Whether a run ended because nothing answered any more. */
export function isAway(error: unknown): boolean {
  const { name, retryable, code } = error as { name?: unknown; retryable?: unknown; code?: unknown }
  return name === 'ChatError' && retryable === true && code !== 'expired'
}

/** The cause, where there is one: `fetch` itself only says that it failed. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  const inner = cause as { code?: string; message?: string } | undefined
  return inner?.code ?? inner?.message ?? message
}

const CHECK_MS = 10_000

// --- types ---

interface Asked {
  url: string
  room: string | undefined
  /** The variable that the secret came from. */
  secret: string
}
