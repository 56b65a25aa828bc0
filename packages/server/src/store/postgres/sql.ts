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

export const SQL = {
  // --- a batch of changes: batch-functions.ts ---

  startId: 'SELECT parlor.start_id_1() AS start_id',
  readBatch: 'SELECT parlor.read_batch_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS found',
  writeBatch: 'SELECT parlor.write_batch_1($1, $2, $3, $4, $5, $6, $7, $8, $9)',
  takeKeys: "SELECT nextval(pg_get_serial_sequence('parlor.rooms', 'key')) AS key FROM generate_series(1, $1)",
  recordHealth: `INSERT INTO parlor.health (id, checked_at) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at`,

  isCopyWhole: 'SELECT is_whole FROM parlor.copy',

  // --- what readers are shown ---

  findMessagesIn: `SELECT wanted.room_id, messages.* FROM unnest($1::text[], $2::text[]) AS wanted (room_id, message_id)
    JOIN parlor.rooms ON rooms.id = wanted.room_id
    JOIN parlor.messages ON messages.id = wanted.message_id AND messages.room + 0 = rooms.key`,
  findOwners: `SELECT * FROM parlor.members WHERE room = ${ROOM} AND rank = 0 AND ${NOW}`,
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
