/** The schema, as the numbered steps that every database went through; a step that was published never changes. */
import { StoreError } from '../store-error.ts'
import type { Database } from './database.ts'

/**
 * Brings a database to this version's schema, each missing step in a transaction of its own. Throws a StoreError for the
 * database of a newer version, and for one that holds something else.
 */
export function migrate(
  database: Database,
  path: string,
  nowMs: number,
  steps: readonly Migration[] = MIGRATIONS,
): void {
  const done = countSteps(database)
  if (done === undefined) {
    throw new StoreError(
      `The database ${path} holds the tables of something else: set PARLOR_DATABASE_URL to a file of Parlor's own.`,
    )
  }
  if (done > steps.length) {
    throw new StoreError(
      `The database ${path} was written by a newer version of Parlor (schema ${done}; this version knows ${steps.length}): ` +
        'run that version, or restore a backup from before the upgrade.',
    )
  }
  for (const [index, step] of steps.entries()) {
    if (index < done) continue
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(step.sql)
      database
        .prepare('INSERT INTO parlor_migrations (number, name, ran_at) VALUES (?, ?, ?)')
        .run(index + 1, step.name, nowMs)
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

/** How many steps a database went through: 0 for an empty one, undefined for one that holds something else. */
export function countSteps(database: Database): number | undefined {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  if (tables.length === 0) return 0
  if (!tables.some((table) => table.name === 'parlor_migrations')) return undefined
  return Number(database.prepare('SELECT max(number) AS number FROM parlor_migrations').get()?.number ?? 0)
}

export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'rooms, members, messages',
    sql: `
      CREATE TABLE parlor_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, ran_at INTEGER NOT NULL) STRICT;

      -- Other tables name a room by its key: their indexes would otherwise repeat ids of up to 128 characters.
      CREATE TABLE rooms (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        name TEXT,
        data TEXT,
        member_count INTEGER NOT NULL,
        floor INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        version INTEGER NOT NULL,
        head INTEGER NOT NULL,
        epoch TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        active_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX rooms_public ON rooms (active_at DESC, id) WHERE kind = 'public';

      CREATE TABLE room_epochs (
        room INTEGER NOT NULL,
        first INTEGER NOT NULL,
        epoch TEXT NOT NULL,
        PRIMARY KEY (room, first)
      ) STRICT, WITHOUT ROWID;

      -- rank: 0 owner, 1 moderator, 2 member, 3 guest.
      CREATE TABLE members (
        room INTEGER NOT NULL,
        user_id TEXT NOT NULL,
        name TEXT,
        picture TEXT,
        rank INTEGER NOT NULL,
        joined_at INTEGER NOT NULL,
        version INTEGER NOT NULL,
        gone TEXT,
        PRIMARY KEY (room, user_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX members_changed ON members (room, version);
      CREATE INDEX members_leading ON members (room, rank, user_id) WHERE gone IS NULL;
      CREATE INDEX members_of_user ON members (user_id) WHERE gone IS NULL;

      -- With a rowid, and its unique indexes this way around: inserts then touch the right edge of every tree, because ids
      -- sort by time. It halved the cost of a message against a table clustered by room (measured).
      CREATE TABLE messages (
        room INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        text_version INTEGER NOT NULL,
        user_id TEXT NOT NULL,
        user_name TEXT,
        user_picture TEXT,
        text TEXT NOT NULL,
        data TEXT,
        reactions TEXT,
        created_at INTEGER NOT NULL,
        edited_at INTEGER,
        deleted_at INTEGER,
        deleted_by TEXT,
        hash TEXT NOT NULL,
        edit_id TEXT
      ) STRICT;
      CREATE UNIQUE INDEX messages_by_seq ON messages (room, seq);
      CREATE UNIQUE INDEX messages_by_id ON messages (id, room);
      -- Only what changed after it was made: new messages don't pay for it, and catch-up finds them by their seq.
      CREATE INDEX messages_changed ON messages (room, version) WHERE version > seq;

      -- By the room's id: an id can be burned in a room that doesn't exist.
      CREATE TABLE burned_ids (
        message_id TEXT NOT NULL,
        room_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        burned_at INTEGER NOT NULL,
        PRIMARY KEY (message_id, room_id, user_id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE revoked_sessions (sid TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE INDEX revoked_sessions_until ON revoked_sessions (until);

      CREATE TABLE health (id INTEGER PRIMARY KEY CHECK (id = 1), checked_at INTEGER NOT NULL) STRICT;
    `,
  },
]

// --- types ---

export interface Migration {
  name: string
  sql: string
}
