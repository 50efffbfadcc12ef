-- What the primary adds to reports: which classes are whose, and names.

-- name: taught_sections
-- $1 a teacher, $2 now: the classes that they teach today.
select distinct e.section_id from enrollments e
where e.user_id = $1 and e.role = 'teacher' and e.status = 'active' and (e.end_date is null or e.end_date > $2::timestamptz::date)
order by e.section_id
limit 1000

-- name: section_exists
-- $1 a section.
select s.section_id from sections s where s.section_id = $1

-- name: section_of_assignment
-- $1 an assignment.
select a.section_id from assignments a where a.assignment_id = $1

-- name: names_of_users
-- $1 users.
select u.user_id, u.given_name, u.family_name from users u where u.user_id = any($1::uuid[])

-- ---- the outbox, by which reports follow where there are no replication slots: doors, and the server's own account ----

-- name: outbox_identity
select s.system_identifier::text, ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint,
       pg_current_wal_flush_lsn()::text
from pg_control_system() s

-- name: outbox_triggers
-- The tables that have any of its triggers: their columns, a word for the triggers, and whether all are there and switched on.
select n.nspname::text, c.relname::text,
       (select string_agg(a.attname, ',') from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
       concat_ws('.', c.oid, string_agg(t.oid || '-' || t.xmin, '.' order by t.tgname)),
       count(*) = 4 and bool_and(t.tgenabled in ('O', 'A'))
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where t.tgname in ('report_inserted', 'report_updated', 'report_deleted', 'report_emptied')
group by n.nspname, c.relname, c.oid

-- name: outbox_columns
-- $1 a schema, $2 a table: the types of its columns.
select a.attname::text, a.atttypid::bigint from pg_attribute a
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped

-- name: outbox_look
-- $1 a reader, $2 the snapshot that it has seen.
select is_on, known, behind, missed, changed, noted, bytes, bytes_limit from control.report_outbox_look($1, $2)

-- name: outbox_position
-- In a transaction of one snapshot: which that is, and where the log ends behind all that it shows.
select pg_current_snapshot()::text, pg_current_wal_insert_lsn()::text

-- name: outbox_changed
-- $1 the snapshot that was seen: what the present one shows beyond it.
select tenant_id, of_table from control.report_outbox_changed($1) order by tenant_id

-- name: outbox_join
-- $1 a reader.
select control.report_outbox_join($1)

-- name: outbox_ended
-- $1 what outbox_join said: have all ended that began to write before?
select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8

-- name: outbox_seen
-- $1 a reader, $2 a snapshot, $3 how many rows may go at once.
select control.report_outbox_seen($1, $2, $3::integer)

-- name: outbox_flush
-- What was committed before is durable when this is, however it was committed.
select set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'bellwether reports', '')::text

-- name: outbox_let_go
-- Somebody is erased: whoever has not read for long is not waited for.
select control.report_outbox_let_go()

-- name: outbox_switch
-- An operator's door. $1 on, $2 bytes that it may take, $3 who asks.
select control.report_outbox_switch($1, $2, $3)

-- name: outbox_list
-- An operator's door: a row for each reader, one at least while it is on.
select bytes_limit, bytes, missed, reader, seen_at, waiting from control.report_outbox_list()
