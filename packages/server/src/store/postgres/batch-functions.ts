/**
 * BatchFunctions are what a batch of changes runs inside PostgreSQL: one call that locks and reads, one that writes. As
 * functions their statements are planned once for a connection and not in every transaction, which was half of what a small
 * batch cost, and nothing has to be prepared by the connection, which a pooler may give to somebody else. Part of a step of
 * migrations.ts: published functions never change, and a later version makes others beside them.
 */

/**
 * Every connection keeps its plans for all of its life, so they are for tables of any size: what PostgreSQL knows of them when
 * a plan is made, it may know of tables that were new and empty, and then it would read them whole for every batch. For the
 * same reason each row is looked up by itself, in a subquery that can't be joined in another way. And plans that are made anew
 * for the arguments of each call cost more than the call.
 */
const PLANS = `SET plan_cache_mode = force_generic_plan SET jit = off
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off`

/**
 * Locks rooms and reads what is asked for in rooms, as it is under the locks: every statement of a volatile function sees
 * what was committed before it began. Who may make a room that isn't there waits for whoever makes it now; and everybody
 * locks in the order of the names, then of the ids, so nobody waits in a circle. Also names this start of the database.
 */
const READ_BATCH = `
  CREATE FUNCTION parlor.read_batch_1(
    unmet text[], room_ids text[], member_rooms text[], member_ids text[], message_rooms text[], message_ids text[],
    burned_rooms text[], burned_messages text[], burned_users text[], owner_rooms text[]
  ) RETURNS json LANGUAGE plpgsql VOLATILE ${PLANS} AS $function$
  DECLARE
    found_rooms json;
    found_members json;
    found_messages json;
    found_burned json;
    found_owners json;
  BEGIN
    IF cardinality(unmet) > 0 THEN
      PERFORM pg_advisory_xact_lock(names.name) FROM (
        SELECT DISTINCT hashtextextended('parlor room ' || room_id, 0) AS name FROM unnest(unmet) AS room_id ORDER BY name
      ) AS names;
    END IF;
    IF cardinality(room_ids) > 0 THEN
      SELECT json_agg(locked) INTO found_rooms
        FROM (SELECT DISTINCT id COLLATE "C" AS id FROM unnest(room_ids) AS id ORDER BY id) AS wanted
        CROSS JOIN LATERAL (SELECT * FROM parlor.rooms WHERE rooms.id = wanted.id FOR UPDATE) AS locked;
    END IF;
    IF cardinality(member_rooms) > 0 THEN
      SELECT json_agg(one) INTO found_members FROM (
        SELECT wanted.room_id, found.* FROM unnest(member_rooms, member_ids) AS wanted (room_id, user_id)
        CROSS JOIN LATERAL (SELECT key FROM parlor.rooms WHERE rooms.id = wanted.room_id OFFSET 0) AS room
        CROSS JOIN LATERAL (SELECT * FROM parlor.members
          WHERE members.room = room.key AND members.user_id = wanted.user_id OFFSET 0) AS found
      ) AS one;
    END IF;
    -- By the id alone, which is as good as unique: before a table is analyzed, the planner would read a whole room for it.
    IF cardinality(message_rooms) > 0 THEN
      SELECT json_agg(one) INTO found_messages FROM (
        SELECT wanted.room_id, found.* FROM unnest(message_rooms, message_ids) AS wanted (room_id, message_id)
        CROSS JOIN LATERAL (SELECT key FROM parlor.rooms WHERE rooms.id = wanted.room_id OFFSET 0) AS room
        CROSS JOIN LATERAL (SELECT * FROM parlor.messages
          WHERE messages.id = wanted.message_id AND messages.room + 0 = room.key OFFSET 0) AS found
      ) AS one;
    END IF;
    IF cardinality(burned_rooms) > 0 THEN
      SELECT json_agg(one) INTO found_burned FROM (
        SELECT found.* FROM unnest(burned_rooms, burned_messages, burned_users) AS wanted (room_id, message_id, user_id)
        CROSS JOIN LATERAL (SELECT burned.room_id, burned.message_id, burned.user_id FROM parlor.burned_ids AS burned
          WHERE (burned.message_id, burned.room_id, burned.user_id) = (wanted.message_id, wanted.room_id, wanted.user_id)
          OFFSET 0) AS found
      ) AS one;
    END IF;
    IF cardinality(owner_rooms) > 0 THEN
      SELECT json_agg(one) INTO found_owners FROM (
        SELECT rooms.id AS room_id, members.* FROM parlor.rooms JOIN parlor.members ON members.room = rooms.key
        WHERE rooms.id = ANY (owner_rooms) AND members.rank = 0 AND members.gone IS NULL
      ) AS one;
    END IF;
    RETURN json_build_object('start_id', parlor.start_id_1(), 'rooms', found_rooms, 'members', found_members,
      'messages', found_messages, 'burned', found_burned, 'owners', found_owners);
  END
  $function$;
`

/**
 * All of it changes when the server starts again, so also with a backup, a standby or a snapshot in its place; and the file
 * of a table with TRUNCATE, and when a dump is restored.
 */
const START_ID = `
  CREATE FUNCTION parlor.start_id_1() RETURNS text LANGUAGE sql STABLE AS $function$
    SELECT concat_ws('-', to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'),
      pg_relation_filenode('parlor.rooms'), oid) FROM pg_database WHERE datname = current_database()
  $function$;
`

/** Rows as JSON arrays of objects whose fields are columns; null where there are none. */
const WRITE_BATCH = `
  CREATE FUNCTION parlor.write_batch_1(
    new_rooms json, rooms_now json, new_epochs json, members_now json, new_messages json, messages_now json,
    newly_burned json, newly_revoked json, forget_until bigint
  ) RETURNS void LANGUAGE plpgsql VOLATILE ${PLANS} AS $function$
  #variable_conflict use_column
  BEGIN
    IF new_rooms IS NOT NULL THEN
      INSERT INTO parlor.rooms
        (key, id, kind, name, data, member_count, floor, created_at, version, head, epoch, ordinal, active_at)
        SELECT key, id, kind, name, data, member_count, floor, created_at, version, head, epoch, ordinal, active_at
        FROM json_populate_recordset(NULL::parlor.rooms, new_rooms);
    END IF;
    IF rooms_now IS NOT NULL THEN
      UPDATE parlor.rooms SET kind = made.kind, name = made.name, data = made.data, member_count = made.member_count,
        floor = made.floor, created_at = made.created_at, version = made.version, head = made.head, epoch = made.epoch,
        ordinal = made.ordinal, active_at = made.active_at
        FROM json_populate_recordset(NULL::parlor.rooms, rooms_now) AS made WHERE rooms.key = made.key;
    END IF;
    IF new_epochs IS NOT NULL THEN
      INSERT INTO parlor.room_epochs (room, first, epoch)
        SELECT room, first, epoch FROM json_populate_recordset(NULL::parlor.room_epochs, new_epochs);
    END IF;
    IF members_now IS NOT NULL THEN
      INSERT INTO parlor.members (room, user_id, name, picture, rank, joined_at, version, gone)
        SELECT room, user_id, name, picture, rank, joined_at, version, gone
        FROM json_populate_recordset(NULL::parlor.members, members_now)
        ON CONFLICT (room, user_id) DO UPDATE SET name = excluded.name, picture = excluded.picture,
        rank = excluded.rank, joined_at = excluded.joined_at, version = excluded.version, gone = excluded.gone;
    END IF;
    IF new_messages IS NOT NULL THEN
      INSERT INTO parlor.messages
        (room, id, seq, version, ordinal, text_version, user_id, user_name, user_picture, text, data, reactions,
        created_at, edited_at, deleted_at, deleted_by, hash, edit_id)
        SELECT room, id, seq, version, ordinal, text_version, user_id, user_name, user_picture, text, data, reactions,
        created_at, edited_at, deleted_at, deleted_by, hash, edit_id
        FROM json_populate_recordset(NULL::parlor.messages, new_messages);
    END IF;
    IF messages_now IS NOT NULL THEN
      UPDATE parlor.messages SET version = made.version, text_version = made.text_version, text = made.text,
        data = made.data, reactions = made.reactions, edited_at = made.edited_at, deleted_at = made.deleted_at,
        deleted_by = made.deleted_by, edit_id = made.edit_id
        FROM json_populate_recordset(NULL::parlor.messages, messages_now) AS made
        WHERE messages.room = made.room AND messages.seq = made.seq;
    END IF;
    IF newly_burned IS NOT NULL THEN
      INSERT INTO parlor.burned_ids (message_id, room_id, user_id, burned_at)
        SELECT message_id, room_id, user_id, burned_at
        FROM json_populate_recordset(NULL::parlor.burned_ids, newly_burned) ON CONFLICT DO NOTHING;
    END IF;
    IF newly_revoked IS NOT NULL THEN
      INSERT INTO parlor.revoked_sessions (sid, until)
        SELECT sid, until FROM json_populate_recordset(NULL::parlor.revoked_sessions, newly_revoked)
        ON CONFLICT (sid) DO UPDATE SET until = greatest(revoked_sessions.until, excluded.until);
      DELETE FROM parlor.revoked_sessions WHERE until <= forget_until;
    END IF;
  END
  $function$;
`

export const BATCH_FUNCTIONS = [START_ID, READ_BATCH, WRITE_BATCH].join('\n')
