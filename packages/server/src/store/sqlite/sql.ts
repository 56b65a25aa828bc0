/** Every statement over the schema of migrations.ts. None may scan a table: a test asks SQLite for its plans. */

const NOW = 'gone IS NULL'

export const SQL = {
  findRoom: 'SELECT * FROM rooms WHERE id = ?1',
  insertRoom: `INSERT INTO rooms
    (id, kind, name, data, member_count, floor, created_at, version, head, epoch, ordinal, active_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
  updateRoom: `UPDATE rooms SET kind = ?2, name = ?3, data = ?4, member_count = ?5, floor = ?6, created_at = ?7,
    version = ?8, head = ?9, epoch = ?10, ordinal = ?11, active_at = ?12 WHERE id = ?1`,
  listPublicRooms: `SELECT * FROM rooms WHERE kind = 'public' AND NOT EXISTS
    (SELECT 1 FROM members WHERE room = rooms.key AND user_id = ?1 AND gone = 'removed')
    ORDER BY active_at DESC, id LIMIT ?2`,
  listOwnRooms: `SELECT rooms.* FROM members JOIN rooms ON rooms.key = members.room
    WHERE members.user_id = ?1 AND members.gone IS NULL AND rooms.kind <> 'public'
    ORDER BY rooms.active_at DESC, rooms.id LIMIT ?2`,

  listEpochs: 'SELECT epoch, first FROM room_epochs WHERE room = ?1 ORDER BY first',
  addEpoch: 'INSERT INTO room_epochs (room, first, epoch) VALUES (?1, ?2, ?3)',

  findMember: 'SELECT * FROM members WHERE room = ?1 AND user_id = ?2',
  // CROSS JOIN: the list first, then an index for each entry of it.
  findMembers: `SELECT members.* FROM json_each(?2) AS wanted
    CROSS JOIN members ON members.room = ?1 AND members.user_id = wanted.value`,
  putMember: `INSERT OR REPLACE INTO members (room, user_id, name, picture, rank, joined_at, version, gone)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
  countOwners: `SELECT count(*) AS owners FROM members WHERE room = ?1 AND rank = 0 AND ${NOW}`,
  listLeadingMembers: `SELECT * FROM members WHERE room = ?1 AND ${NOW} ORDER BY rank, user_id LIMIT ?2`,
  listMembers: `SELECT * FROM members WHERE room = ?1 AND user_id > ?2 AND ${NOW} ORDER BY user_id LIMIT ?3`,
  listChangedMembers: 'SELECT * FROM members WHERE room = ?1 AND version > ?2 ORDER BY version LIMIT ?3',
  listNewestMembers: 'SELECT * FROM members WHERE room = ?1 AND version > ?2 ORDER BY version DESC LIMIT ?3',

  findMessage: 'SELECT * FROM messages WHERE id = ?2 AND room = ?1',
  findMessageSeqs: `SELECT messages.id, messages.seq FROM json_each(?2) AS wanted
    CROSS JOIN messages ON messages.id = wanted.value AND messages.room = ?1`,
  insertMessage: `INSERT INTO messages
    (room, id, seq, version, ordinal, text_version, user_id, user_name, user_picture, text, data, reactions, created_at,
    edited_at, deleted_at, deleted_by, hash, edit_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)`,
  updateMessage: `UPDATE messages SET version = ?3, text_version = ?4, text = ?5, data = ?6, reactions = ?7,
    edited_at = ?8, deleted_at = ?9, deleted_by = ?10, edit_id = ?11 WHERE id = ?2 AND room = ?1`,
  listMessagesBefore: 'SELECT * FROM messages WHERE room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3',
  listMessagesAfter: 'SELECT * FROM messages WHERE room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3',
  // The rows made since are found by their seq; what changed later, by `version > seq`, which names the partial index.
  listNewestMessages: 'SELECT * FROM messages WHERE room = ?1 AND seq > ?2 ORDER BY seq DESC LIMIT ?3',
  listNewestChangedMessages: `SELECT * FROM messages WHERE room = ?1 AND version > ?2 AND version > seq
    ORDER BY version DESC LIMIT ?3`,

  isBurned: 'SELECT 1 FROM burned_ids WHERE message_id = ?1 AND room_id = ?2 AND user_id = ?3',
  burn: 'INSERT OR IGNORE INTO burned_ids (message_id, room_id, user_id, burned_at) VALUES (?1, ?2, ?3, ?4)',

  revokeSession: `INSERT INTO revoked_sessions (sid, until) VALUES (?1, ?2)
    ON CONFLICT (sid) DO UPDATE SET until = max(until, excluded.until)`,
  forgetSessions: 'DELETE FROM revoked_sessions WHERE until <= ?1',
  listRevokedSessions: 'SELECT sid FROM revoked_sessions WHERE until > ?1',

  recordHealth: 'INSERT OR REPLACE INTO health (id, checked_at) VALUES (1, ?1)',
} as const
