/** Runtime: everything that a client takes from its surroundings, so that tests and simulations can replace it. */
import { uuidv7 } from '@parlor/protocol'
import { type Clock, systemClock } from './clock.ts'
import { browserEnvironment, type Environment } from './environment.ts'
import { type Transport, webSocketTransport } from './transport.ts'

export interface Runtime {
  clock: Clock
  transport: Transport
  environment: Environment
  /** HTTP, for the token route and the check after a refused upgrade. */
  fetch: (url: string, init: RequestInit) => Promise<Response>
  /** From 0 up to, not including, 1; for jitter only. */
  random: () => number
  /** A new message id: a UUIDv7, increasing. */
  newId: () => string
}

/** The browser's (or Node's, or a worker's) own; touches no global until it is used. */
export function createRuntime(given: Partial<Runtime> = {}): Runtime {
  return {
    clock: given.clock ?? systemClock,
    transport: given.transport ?? webSocketTransport,
    environment: given.environment ?? browserEnvironment,
    fetch: given.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    random: given.random ?? Math.random,
    newId: given.newId ?? uuidv7,
  }
}
