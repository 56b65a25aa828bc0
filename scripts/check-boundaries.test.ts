/** Plants one violation at a time in a small house and expects the boundary check to name it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { findViolations } from './check-boundaries.ts'

const soundHouse: Record<string, string> = {
  'packages/protocol/package.json': '{"exports":{".":{},"./schema":{}},"dependencies":{"zod":"4"}}',
  'packages/protocol/src/index.ts': "export * from './rows.ts'",
  'packages/protocol/src/rows.ts': 'export interface Row { id: string }',
  'packages/protocol/src/schema/index.ts':
    "import { z } from 'zod'\nimport type { Row } from '../rows.ts'\nexport type R = Row",
  'packages/server/package.json': '{"exports":{".":{},"./testing":{}},"dependencies":{"@parlor/protocol":"0.1.0"}}',
  'packages/server/src/index.ts': "export { create } from './server.ts'",
  'packages/server/src/server.ts':
    "import './gateway/http.ts'\nimport './store/sqlite/store.ts'\nimport './delivery/bus-memory.ts'\nimport './auth/jwks.ts'",
  'packages/server/src/clock.ts': 'export interface Clock { now(): number }',
  'packages/server/src/gateway/http.ts':
    "import express from 'express'\nimport { parse } from '@parlor/protocol/schema'",
  'packages/server/src/gateway/http.test.ts': "import { WebSocket } from 'ws'\nimport '../store/memory/store.ts'",
  'packages/server/src/features/rooms/rooms.ts':
    "import type { Store } from '../../store/store.ts'\nimport { feed } from '../../delivery/room-feed.ts'",
  'packages/server/src/features/messages/messages.ts':
    "import { publish } from '../../delivery/publish.ts'\nimport type { Rooms } from '../rooms/rooms.ts'",
  'packages/server/src/delivery/hub.ts':
    'export interface HubConnection { id: string; enqueueFrame(frame: Buffer): void }',
  'packages/server/src/delivery/outbound.ts':
    'export interface OutboundSocket { bufferedBytes: number; write(): void }',
  'packages/server/src/delivery/bus.ts': 'export interface Bus { publish(): void }',
  'packages/server/src/delivery/room-feed.ts': "import type { Store } from '../store/store.ts'\nexport const feed = 1",
  'packages/server/src/store/store.ts': 'export interface Store { close(): void }',
  'packages/server/src/store/sqlite/store.ts': "import 'node:sqlite'\nexport const sql = 'SELECT id FROM rooms'",
  'packages/server/src/store/memory/store.ts': "import type { Store } from '../store.ts'",
  'packages/client/package.json': '{"exports":{".":{}},"dependencies":{"@parlor/protocol":"0.1.0"}}',
  'packages/client/src/index.ts': "import type { Row } from '@parlor/protocol'",
  'packages/react/package.json': '{"exports":{".":{},"./styles.css":"x"},"dependencies":{"@parlor/client":"0.1.0"}}',
  'packages/react/src/index.tsx':
    "import { useState } from 'react'\nexport const title = 'Select a room from the list'",
  'packages/react/src/index.test.tsx': "import type { Row } from '@parlor/protocol'\nimport { join } from 'node:path'",
  'packages/cli/package.json': '{"dependencies":{"@parlor/server":"0.1.0"}}',
  'packages/cli/src/main.ts': "import { create } from '@parlor/server'",
  'apps/demo/app/page.tsx':
    "import { useChat } from '@parlor/react'\nimport '@parlor/react/styles.css'\nimport x from '../lib/x'",
  'apps/demo-authjs/app/page.tsx': "import Page from '../../demo/app/page'",
}

/** file → content that breaks the house, and what the check must say. */
const planted: [rule: string, file: string, content: string, expected: RegExp][] = [
  ['rule 1', 'packages/protocol/src/x.ts', "import '@parlor/client'", /protocol may not import @parlor\/client/],
  [
    'rule 1',
    'packages/react/src/x.ts',
    "import { type Row } from '@parlor/protocol'",
    /react may not import @parlor\/protocol/,
  ],
  ['rule 1', 'packages/client/src/x.ts', "export * from '@parlor/server'", /client may not import @parlor\/server/],
  ['rule 1', 'packages/client/src/x.test.ts', "import '@parlor/server'", /client may not import @parlor\/server/],
  ['rule 1', 'packages/client/src/x.ts', "import '../../protocol/src/rows.ts'", /reaches into packages\/protocol/],
  [
    'rule 1',
    'packages/client/src/x.ts',
    "const x = await import('@parlor/protocol/schema')",
    /schemas are for the service/,
  ],
  [
    'rule 1',
    'packages/protocol/src/rows.ts',
    "export * from './schema/index.ts'",
    /pulls the schemas into the browser/,
  ],
  [
    'rule 1',
    'packages/client/package.json',
    '{"exports":{".":{}},"dependencies":{"@parlor/server":"0.1.0"}}',
    /depends on @parlor\/server/,
  ],
  ['rule 1', 'apps/demo/app/page.tsx', "import '@parlor/react/src/x.ts'", /no public entry/],
  [
    'rule 1',
    'apps/demo/app/page.tsx',
    "import '../../../packages/react/src/index.tsx'",
    /reaches into packages\/react/,
  ],
  ['rule 1', 'apps/demo/app/page.tsx', "import '@parlor/nothing'", /no package @parlor\/nothing/],
  [
    'rule 2',
    'packages/server/src/features/rooms/x.ts',
    "import '../../gateway/http.ts'",
    /features may not import gateway/,
  ],
  [
    'rule 2',
    'packages/server/src/delivery/x.ts',
    "import '../features/rooms/rooms.ts'",
    /delivery may not import features/,
  ],
  [
    'rule 2',
    'packages/server/src/gateway/x.ts',
    "import type { Store } from '../store/store.ts'",
    /gateway may not import store/,
  ],
  ['rule 2', 'packages/server/src/auth/x.ts', "import '../store/store.ts'", /auth may not import store/],
  ['rule 2', 'packages/server/src/clock.ts', "import './store/store.ts'", /base may not import store/],
  ['rule 2', 'packages/server/src/index.ts', "import './gateway/http.ts'", /only server\.ts imports gateway/],
  ['rule 2', 'packages/server/src/gateway/x.ts', "import '../server.ts'", /imports the wiring/],
  ['rule 2', 'packages/server/src/gateway/x.ts', "import '../testing/index.ts'", /is for tests/],
  [
    'rule 2',
    'packages/server/src/features/messages/x.ts',
    "import '../../delivery/room-feed.ts'",
    /may not import delivery\/room-feed/,
  ],
  [
    'rule 2',
    'packages/server/src/features/rooms/x.ts',
    "import '../../delivery/hub.ts'",
    /may not import delivery\/hub/,
  ],
  [
    'rule 2',
    'packages/server/src/features/caller.ts',
    "import { feed } from '../delivery/room-feed.ts'",
    /seen as a type only/,
  ],
  [
    'rule 3',
    'packages/server/src/features/rooms/x.ts',
    "import '../../store/memory/store.ts'",
    /implementation store\/memory/,
  ],
  ['rule 3', 'packages/server/src/index.ts', "export * from './store/sqlite/store.ts'", /implementation store\/sqlite/],
  [
    'rule 3',
    'packages/server/src/gateway/x.ts',
    "import '../delivery/bus-memory.ts'",
    /implementation delivery\/bus-memory/,
  ],
  ['rule 3', 'packages/server/src/gateway/x.ts', "import '../auth/jwks.ts'", /implementation auth\/jwks/],
  ['rule 3', 'packages/server/src/features/rooms/x.ts', "import type { WebSocket } from 'ws'", /ws belongs in/],
  ['rule 3', 'packages/server/src/server.ts', "import express from 'express'", /express belongs in/],
  ['rule 3', 'packages/cli/src/main.ts', "const { DatabaseSync } = require('node:sqlite')", /node:sqlite belongs in/],
  ['rule 3', 'packages/server/src/store/sqlite/two.ts', "import 'node:sqlite'", /imported in 2 files/],
  ['rule 3', 'packages/client/src/x.ts', "import { z } from 'zod'", /zod belongs in/],
  [
    'rule 3',
    'packages/server/src/features/rooms/x.ts',
    'const q = `select id from rooms where id = 1`',
    /SQL lives in/,
  ],
  ['rule 3', 'packages/cli/src/main.ts', "run('DELETE FROM rooms')", /SQL lives in/],
  ['rule 3', 'packages/server/src/gateway/x.ts', "run('PRAGMA journal_mode')", /SQL lives in/],
  [
    'rule 4',
    'packages/server/src/features/messages/x.ts',
    "import { Rooms } from '../rooms/rooms.ts'",
    /handed another, not imported/,
  ],
  ['rule 4', 'packages/protocol/src/x.ts', 'export interface Bus { x: 1 }', /a type of the bus/],
  [
    'rule 5',
    'packages/server/src/delivery/hub.ts',
    'export interface HubConnection { id: string; user: string }',
    /asks for 'user'/,
  ],
  [
    'rule 5',
    'packages/server/src/delivery/outbound.ts',
    'export type OutboundSocket = WebSocket',
    /no interface OutboundSocket/,
  ],
  ['browser', 'packages/client/src/x.ts', "import { join } from 'node:path'", /a browser has no node:path/],
  ['browser', 'packages/react/src/x.tsx', "import fs from 'fs'", /a browser has no fs/],
  ['house', 'packages/client/src/x.ts', "import './y.js'", /without its extension/],
]

const roots: string[] = []
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

function build(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'parlor-boundaries-'))
  roots.push(root)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

describe('findViolations', () => {
  test('a sound house has none', () => {
    expect(findViolations(build(soundHouse))).toEqual([])
  })

  test.each(planted)('%s: finds what is planted in %s: %s', (rule, file, content, expected) => {
    const found = findViolations(build({ ...soundHouse, [file]: content }))
    expect(found).toContainEqual(expect.stringMatching(expected))
    expect(found.every((line) => line.endsWith(`(${rule})`))).toBe(true)
    expect(found).toHaveLength(1)
  })
})
