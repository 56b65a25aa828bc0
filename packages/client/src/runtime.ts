/** Runtime: everything that a client takes from its surroundings, so that tests and simulations can replace it. */
import { uuidv7 } from '@parlor/protocol'
import { type Clock, systemClock } from './clock.ts'
import { browserEnvironment, type Environment } from './environment.ts'
import type { DeviceStorage } from './offline/storage.ts'
import { findIndexedDb } from './offline/storage-indexeddb.ts'
import { type Channels, findBroadcastChannels } from './tabs/channels.ts'
import { findWebLocks, type Locks } from './tabs/locks.ts'
import { findTabMemory, type TabMemory } from './tabs/page.ts'
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
  /** What the pages of an origin have in common. Null: this client knows of no other page. */
  locks: Locks | null
  channels: Channels | null
  /** What survives a reload of this page, and no other page sees. */
  tabMemory: TabMemory | null
  /** Opens what outlives the page under a name; null where nothing does. */
  openStorage: (name: string) => DeviceStorage | null
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
    get locks() {
      if (given.locks !== undefined || isAlone(given)) return given.locks ?? null
      return findWebLocks() ?? null
    },
    get channels() {
      if (given.channels !== undefined || isAlone(given)) return given.channels ?? null
      return findBroadcastChannels() ?? null
    },
    get tabMemory() {
      if (given.tabMemory !== undefined || isAlone(given)) return given.tabMemory ?? null
      return findTabMemory() ?? null
    },
    openStorage: given.openStorage ?? ((name) => (isAlone(given) ? null : (findIndexedDb(name) ?? null))),
  }
}

/** Only pages have others beside them: Node has locks and channels too. Behind a network of its own a client is alone. */
function isAlone(given: Partial<Runtime>): boolean {
  return given.transport !== undefined || typeof document === 'undefined'
}
