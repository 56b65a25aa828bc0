/** Probe: somebody who sends in a room of their own while the database can't be written (G13). */
import { openRawSocket, RawError } from '../../support/service-api.ts'
import type { Rig } from './fault-kind.ts'
import type { Unit } from './unit.ts'

/** Signs in, so that nothing but the send is left to do. */
export async function openProbe(unit: Unit, report: Rig['report']): Promise<Probe> {
  const socket = await openRawSocket(`ws://127.0.0.1:${unit.port}/v1/ws`)
  await socket.ask({ type: 'hello', token: unit.chatToken({ id: 'probe', name: 'Probe' }) })
  return {
    async expectsRefusal() {
      const startedAt = performance.now()
      const answer = await socket
        .ask({ type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text: 'Is anybody there?' })
        .then(() => 'an ack', codeOf)
      const tookMs = Math.round(performance.now() - startedAt)
      socket.close()
      if (!REFUSALS.has(answer)) report('G13', `without its database the service answered a send with ${answer}`)
      if (tookMs > ANSWER_MS + BUSY_MS)
        report('G13', `without its database the service took ${tookMs} ms to fail a send`)
    },
  }
}

function codeOf(error: unknown): string {
  if (error instanceof RawError) return error.code
  throw error
}

/** What a send may be answered with then: it wasn't stored, or nobody knows. */
const REFUSALS: ReadonlySet<string> = new Set(['unavailable', 'timeout'])

/** G13. */
const ANSWER_MS = 5_000

/** A machine that runs several episodes at once is late itself. */
const BUSY_MS = 3_000

// --- types ---

export interface Probe {
  /** Sends, and reports an ack, or a refusal that takes too long. */
  expectsRefusal(): Promise<void>
}
