/** The dependency rule as data: who may import what. check-boundaries.ts reads it. */

/** Rule 1: the packages and what each may import of the others. */
export const packageDependencies: Record<string, readonly string[]> = {
  protocol: [],
  server: ['protocol'],
  client: ['protocol'],
  next: ['protocol'],
  react: ['client'],
  cli: ['server', 'verify'],
  verify: ['client'],
}

/** Packages that a browser loads: no Node built-in, and never the schemas. */
export const browserPackages = ['protocol', 'client', 'react'] as const

/** Rule 2: the stages of the service. `base` is what lies beside them in src/ and knows none of them. */
export const stageDependencies: Record<string, readonly string[]> = {
  gateway: ['features', 'delivery', 'auth', 'base'],
  features: ['store', 'delivery', 'base'],
  delivery: ['store', 'base'],
  store: ['base'],
  auth: ['base'],
  base: ['base'],
}

/** Rule 2: the files of `delivery/` that features see. The rest of delivery is none of their business. */
export const deliverySeenByFeatures: readonly FeatureAllowance[] = [
  { from: 'features/', to: 'delivery/publish.ts' },
  { from: 'features/rooms/', to: 'delivery/room-feed.ts' },
  { from: 'features/rooms/', to: 'delivery/feeds.ts' },
  // The caller carries its connection's reader to room.open.
  { from: 'features/caller.ts', to: 'delivery/room-feed.ts', typesOnly: true },
  // Signals have a way of their own past publish: nothing is stored, and nothing is missed.
  { from: 'features/typing/', to: 'delivery/signal-topic.ts' },
  { from: 'features/typing/', to: 'delivery/signal-bus.ts', typesOnly: true },
  { from: 'features/typing/', to: 'delivery/room-feed.ts', typesOnly: true },
  { from: 'features/presence/', to: 'delivery/signal-topic.ts' },
  { from: 'features/presence/', to: 'delivery/signal-bus.ts' },
  { from: 'features/presence/', to: 'delivery/room-feed.ts', typesOnly: true },
  // A revoked sign-in isn't a change of a room: it goes round as a notice.
  { from: 'features/sessions/', to: 'delivery/bus.ts', typesOnly: true },
]

/** The files that wire the service: they alone see gateway and implementations. */
export const wiring = ['server.ts'] as const

/** Rule 3: what a stage offers in several kinds. Only their own stage and the wiring import them. */
export const implementations: readonly RegExp[] = [
  /^store\/[^/]+\/.+/,
  /^delivery\/((signal-)?bus-[^/]+\.ts|redis\/.+)$/,
  /^auth\/(nextauth-v4|authjs-v5|chat-token|server-token|hs256|jwks|cookie)\.ts$/,
]

/** Rule 3: modules that have one home. Tests may use them anywhere. */
export const modulesWithAHome: readonly ModuleHome[] = [
  { modules: ['ws', 'express', 'helmet'], home: /^packages\/server\/src\/gateway\// },
  { modules: ['node:sqlite'], home: /^packages\/server\/src\/store\/sqlite\//, files: 1 },
  { modules: ['pg'], home: /^packages\/server\/src\/store\/postgres\// },
  { modules: ['@redis/client'], home: /^packages\/server\/src\/delivery\/redis\// },
  { modules: ['zod'], home: /^packages\/(protocol\/src\/schema|server\/src)\// },
]

/** Rule 3: where SQL is written. */
export const sqlHome = /^packages\/server\/src\/store\//

/** A string that is a statement of SQL, or begins one. In capitals: an interface may well say "Select a room from …". */
export const sqlStatement =
  /^\s*(SELECT\s.+\sFROM\s|SELECT\s+[\w(]+\s*$|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+[\w."]+\s+SET\s|DELETE\s+FROM\s|(CREATE|ALTER|DROP)\s+(UNIQUE\s+|VIRTUAL\s+|TEMP\s+)?(TABLE|INDEX|TRIGGER|VIEW|SCHEMA)\s|PRAGMA\s+\w+|BEGIN(\s+(IMMEDIATE|EXCLUSIVE|DEFERRED|TRANSACTION)|\s*;?\s*$)|WITH\s+\w+\s+AS\s*\()/s

/** Rule 5: all that an interface may ask of its neighbour. */
export const shapes: readonly Shape[] = [
  {
    file: 'packages/server/src/delivery/hub.ts',
    name: 'HubConnection',
    members: ['id', 'enqueueFrame', 'enqueueSignal'],
  },
  {
    file: 'packages/server/src/delivery/outbound.ts',
    name: 'OutboundSocket',
    members: ['write', 'bufferedBytes', 'close'],
  },
]

// --- types ---

export interface FeatureAllowance {
  from: string
  to: string
  typesOnly?: boolean
}

export interface ModuleHome {
  modules: readonly string[]
  home: RegExp
  /** At most this many files. */
  files?: number
}

export interface Shape {
  file: string
  name: string
  members: readonly string[]
}
