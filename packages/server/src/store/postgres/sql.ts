/** Every statement over the schema of migrations.ts. None may scan a table: a test asks PostgreSQL for its plans. */

const ROOM = '(SELECT key FROM parlor.rooms WHERE id = $1)'
const NOW = 'gone IS NULL'

/** The columns that this version writes; a later one may add others. In the order of the values of row-codec.ts. */
export const COLUMNS = {
  rooms: [
    'id',
    'kind',
    'name',
    'data',
    'member_count',
    'floor',
    'created_at',
    'version',
    'head',
    'epoch',
    'ordinal',
    'active_at',
  ],
  room_epochs: ['room', 'first', 'epoch'],
  members: ['room', 'user_id', 'name', 'picture', 'rank', 'joined_at', 'version', 'gone'],
  messages: [
    'room',
    'id',
    'seq',
    'version',
    'ordinal',
    'text_version',
    'user_id',
    'user_name',
    'user_picture',
    'text',
    'data',
    'reactions',
    'created_at',
    'edited_at',
    'deleted_at',
    'deleted_by',
    'hash',
    'edit_id',
  ],
  burned_ids: ['message_id', 'room_id', 'user_id', 'burned_at'],
  revoked_sessions: ['sid', 'until'],
} as const

/** The rows of $1, a JSON array of objects whose fields are columns. */
const MADE = (table: keyof typeof COLUMNS) => `json_populate_recordset(NULL::parlor.${table}, $1)`

/** One statement for any number of rows. */
function insert(table: keyof typeof COLUMNS, more = ''): string {
  const columns = COLUMNS[table].join(', ')
  return `INSERT INTO parlor.${table} (${columns}) SELECT ${columns} FROM ${MADE(table)}${more}`
}

/** Where rooms stand that are wanted by their ids, with something in each of them: two lists of the same length. */
const WANTED = (what: string) => `unnest($1::text[], $2::text[]) AS wanted (room_id, ${what})
  JOIN parlor.rooms ON rooms.id = wanted.room_id`

export const SQL = {
  /**
   * Names a start of the database. All of it changes when the server starts again, so also with a backup, a standby or a
   * snapshot in its place; and the file of a table with TRUNCATE, and when a dump is restored.
   */
  startId: `SELECT concat_ws('-', to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'),
    pg_relation_filenode('parlor.rooms'), oid) AS start_id FROM pg_database WHERE datname = current_database()`,

  // --- a batch of changes ---

  /** Who makes a room that isn't there waits for whoever makes it now. Sorted, so that nobody waits in a circle. */
  lockNames: `SELECT pg_advisory_xact_lock(name) FROM
    (SELECT DISTINCT hashtextextended('parlor room ' || id, 0) AS name FROM unnest($1::text[]) AS id ORDER BY name) AS names`,
  /** A statement of its own, so that what is read behind it is as it is under the lock. In the order of the ids. */
  lockRooms: 'SELECT * FROM parlor.rooms WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE',
  findMembersIn: `SELECT wanted.room_id, members.* FROM ${WANTED('user_id')}
    JOIN parlor.members ON members.room = rooms.key AND members.user_id = wanted.user_id`,
  findMessagesIn: `SELECT wanted.room_id, messages.* FROM ${WANTED('message_id')}
    JOIN parlor.messages ON messages.id = wanted.message_id AND messages.room = rooms.key`,
  findBurned: `SELECT burned_ids.room_id, burned_ids.message_id, burned_ids.user_id
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (room_id, message_id, user_id)
    JOIN parlor.burned_ids USING (message_id, room_id, user_id)`,
  findOwners: `SELECT * FROM parlor.members WHERE room = ${ROOM} AND rank = 0 AND ${NOW}`,
  takeKeys: "SELECT nextval(pg_get_serial_sequence('parlor.rooms', 'key')) AS key FROM generate_series(1, $1)",

  insertRooms: `INSERT INTO parlor.rooms (key, ${COLUMNS.rooms.join(', ')})
    SELECT key, ${COLUMNS.rooms.join(', ')} FROM ${MADE('rooms')}`,
  updateRooms: `UPDATE parlor.rooms SET kind = made.kind, name = made.name, data = made.data,
    member_count = made.member_count, floor = made.floor, created_at = made.created_at, version = made.version,
    head = made.head, epoch = made.epoch, ordinal = made.ordinal, active_at = made.active_at
    FROM ${MADE('rooms')} AS made WHERE rooms.key = made.key`,
  insertEpochs: insert('room_epochs'),
  putMembers: insert(
    'members',
    ` ON CONFLICT (room, user_id) DO UPDATE SET name = excluded.name, picture = excluded.picture, rank = excluded.rank,
    joined_at = excluded.joined_at, version = excluded.version, gone = excluded.gone`,
  ),
  insertMessages: insert('messages'),
  updateMessages: `UPDATE parlor.messages SET version = made.version, text_version = made.text_version, text = made.text,
    data = made.data, reactions = made.reactions, edited_at = made.edited_at, deleted_at = made.deleted_at,
    deleted_by = made.deleted_by, edit_id = made.edit_id
    FROM ${MADE('messages')} AS made WHERE messages.room = made.room AND messages.seq = made.seq`,
  insertBurned: insert('burned_ids', ' ON CONFLICT DO NOTHING'),
  revokeSessions: insert(
    'revoked_sessions',
    ' ON CONFLICT (sid) DO UPDATE SET until = greatest(revoked_sessions.until, excluded.until)',
  ),
  forgetSessions: 'DELETE FROM parlor.revoked_sessions WHERE until <= $1',
  recordHealth: `INSERT INTO parlor.health (id, checked_at) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at`,

  // --- what readers are shown ---

  findRooms: 'SELECT * FROM parlor.rooms WHERE id = ANY($1::text[])',
  /** With the user's row and the newest two messages of each: all that a list shows. */
  listRooms: `SELECT rooms.*, to_json(members) AS member, newest.messages FROM (
      (SELECT * FROM parlor.rooms WHERE kind = 'public' AND NOT EXISTS
        (SELECT 1 FROM parlor.members WHERE room = rooms.key AND user_id = $1 AND gone = 'removed')
        ORDER BY active_at DESC, id LIMIT $2)
      UNION ALL
      (SELECT rooms.* FROM parlor.members JOIN parlor.rooms ON rooms.key = members.room
        WHERE members.user_id = $1 AND members.gone IS NULL AND rooms.kind <> 'public'
        ORDER BY rooms.active_at DESC, rooms.id LIMIT $2)
      ORDER BY active_at DESC, id LIMIT $2
    ) AS rooms
    LEFT JOIN parlor.members ON members.room = rooms.key AND members.user_id = $1
    LEFT JOIN LATERAL (SELECT json_agg(found) AS messages FROM
      (SELECT * FROM parlor.messages WHERE room = rooms.key ORDER BY seq DESC LIMIT 2) AS found) AS newest ON true
    ORDER BY rooms.active_at DESC, rooms.id`,
  listEpochs: `SELECT epoch, first FROM parlor.room_epochs WHERE room = ${ROOM} ORDER BY first`,
  findMembers: `SELECT members.* FROM unnest($2::text[]) AS wanted (user_id)
    JOIN parlor.members ON members.room = ${ROOM} AND members.user_id = wanted.user_id`,
  listLeadingMembers: `SELECT * FROM parlor.members WHERE room = ${ROOM} AND ${NOW} ORDER BY rank, user_id LIMIT $2`,
  listMembers: `SELECT * FROM parlor.members WHERE room = ${ROOM} AND user_id > $2 AND ${NOW} ORDER BY user_id LIMIT $3`,
  listChangedMembers: `SELECT * FROM parlor.members WHERE room = ${ROOM} AND version > $2 ORDER BY version LIMIT $3`,
  listNewestMembers: `SELECT * FROM parlor.members WHERE room = ${ROOM} AND version > $2 ORDER BY version DESC LIMIT $3`,
  findMessageSeqs: `SELECT messages.id, messages.seq FROM unnest($2::text[]) AS wanted (id)
    JOIN parlor.messages ON messages.id = wanted.id AND messages.room = ${ROOM}`,
  listMessagesBefore: `SELECT * FROM parlor.messages WHERE room = ${ROOM} AND seq < $2 ORDER BY seq DESC LIMIT $3`,
  listMessagesAfter: `SELECT * FROM parlor.messages WHERE room = ${ROOM} AND seq > $2 ORDER BY seq LIMIT $3`,
  /** What was made since, by its seq, and what changed later, which the partial index has: some rows are in both lists. */
  listNewestChanged: `(SELECT * FROM parlor.messages WHERE room = ${ROOM} AND seq > $2 ORDER BY seq DESC LIMIT $3)
    UNION ALL
    (SELECT * FROM parlor.messages WHERE room = ${ROOM} AND version > $2 AND version > seq
      ORDER BY version DESC LIMIT $3)`,
  isBurned: 'SELECT 1 FROM parlor.burned_ids WHERE message_id = $1 AND room_id = $2 AND user_id = $3',
  listRevokedSessions: 'SELECT sid FROM parlor.revoked_sessions WHERE until > $1',
} as const
