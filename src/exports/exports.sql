-- Exports: each state's row, and how it moves on. README.md draws the states.

-- name: lock_asker
-- $1 a user: their exports are counted and made one after the other.
select pg_advisory_xact_lock(hashtextextended('report exports ' || current_setting('bw.tenant') || $1::uuid::text, 0))

-- name: export_of_request
-- $1 a user, $2 the key of their request.
select export_id, report, form, arguments, whole, quiet, removed from report_exports where user_id = $1 and request_key = $2

-- name: count_open
-- $1 a user: how many of theirs have not ended.
select count(*) from report_exports where user_id = $1 and state in ('waiting', 'running')

-- name: count_kept
-- $1 a user: how many files of theirs are kept; and how many bytes the institution's have.
select count(*) filter (where user_id = $1), coalesce(sum(bytes), 0)::bigint from report_exports where stored

-- name: make_export
-- $1 id, $2 whose, $3 key, $4 report, $5 form, $6 arguments, $7 of the whole institution?, $8 quiet?, $9 job, $10 not before (null: now), $11 now.
insert into report_exports (export_id, user_id, request_key, report, form, arguments, whole, quiet, job_id, not_before, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: find_export
-- $1 id, $2 whose (null: anybody's).
select export_id, user_id, report, form, arguments, whole, quiet, state, not_before, attempts, rows_done, rows_total, bytes, sha256, as_of,
       lag_ms, stale, error_code, error_detail, created_at, finished_at, expires_at
from report_exports where export_id = $1 and ($2::uuid is null or user_id = $2) and not removed

-- name: list_exports
-- The newest first. $1 whose, $2 and $3 the cursor's moment and id (null: from the beginning), $4 limit. Columns as above.
select export_id, user_id, report, form, arguments, whole, quiet, state, not_before, attempts, rows_done, rows_total, bytes, sha256, as_of,
       lag_ms, stale, error_code, error_detail, created_at, finished_at, expires_at
from report_exports
where user_id = $1 and not removed and ($2::timestamptz is null or (created_at, export_id) < ($2, $3::uuid))
order by created_at desc, export_id desc
limit $4::bigint

-- name: asker
-- $1 a user: their roles today, none unless active.
select coalesce(string_agg(distinct r.role, ' '), '') from users u join user_roles r on r.user_id = u.user_id and r.status = 'active'
where u.user_id = $1 and u.status = 'active'

-- name: lock_erasures
-- A file is completed before an erasure or after it: neither sees half of the other.
select pg_advisory_xact_lock(hashtextextended('report erasures ' || current_setting('bw.tenant'), 0))

-- name: last_erasure
select erased_at from report_erasures

-- name: begin_attempt
-- $1 id: the number of the attempt. No row: it has ended.
update report_exports set state = 'running', attempts = attempts + 1, rows_done = null, rows_total = null, stored = true
where export_id = $1 and state in ('waiting', 'running')
returning attempts

-- name: note_progress
-- $1 id, $2 the attempt, $3 rows written, $4 of so many (null: not counted yet). No row: it is another attempt's, or has ended.
update report_exports set rows_done = $3, rows_total = $4
where export_id = $1 and attempts = $2 and state = 'running'
returning export_id

-- name: complete
-- $1 id, $2 the attempt, $3 rows, $4 bytes, $5 their SHA-256, $6 as of, $7 lag in ms, $8 stale?, $9 now, $10 until when it is kept. No row: it is
-- another attempt's, or has ended.
update report_exports
set state = 'completed', rows_done = $3, rows_total = $3, bytes = $4, sha256 = $5, as_of = $6, lag_ms = $7, stale = $8, finished_at = $9,
    expires_at = $10
where export_id = $1 and attempts = $2 and state = 'running'
returning user_id

-- name: begin_again
-- $1 id, $2 the attempt, $3 the job that is to do it anew. No row: it is another attempt's, or has ended.
update report_exports set state = 'waiting', job_id = $3
where export_id = $1 and attempts = $2 and state = 'running'
returning export_id

-- name: fail_export
-- $1 id, $2 code, $3 detail, $4 now.
update report_exports set state = 'failed', error_code = $2, error_detail = $3, finished_at = $4
where export_id = $1 and state in ('waiting', 'running')
returning export_id

-- name: cancel
-- $1 id, $2 whose, $3 now. No row: it has ended.
update report_exports set state = 'cancelled', finished_at = $3
where export_id = $1 and user_id = $2 and state in ('waiting', 'running')
returning export_id

-- name: remove
-- $1 id, $2 whose. No row: it has not ended.
update report_exports set removed = true
where export_id = $1 and user_id = $2 and state not in ('waiting', 'running') and not removed
returning export_id

-- name: note_erasure
insert into report_erasures (erased_at) values ($1)
on conflict (tenant_id) do update set erased_at = greatest(report_erasures.erased_at, excluded.erased_at)

-- name: forget_files
-- $1 who is erased, $2 now: the files of all, who may stand in them, and all that was theirs, which is nobody's any more.
update report_exports
set state = case when state = 'completed' then 'expired' when state in ('waiting', 'running') then 'cancelled' else state end,
    finished_at = coalesce(finished_at, $2), removed = removed or user_id = $1,
    request_key = case when user_id = $1 then export_id::text else request_key end,
    user_id = case when user_id = $1 then '00000000-0000-0000-0000-000000000000' else user_id end
where state = 'completed' or user_id = $1

-- name: end_over
-- $1 now: files whose time is over; those whose job was given up are nobody's work any more; and nobody waits longer than a day.
update report_exports e
set state = case when state = 'completed' then 'expired' else 'failed' end, finished_at = coalesce(finished_at, $1),
    error_code = case when state = 'completed' then null else 'internal' end,
    error_detail = case when state = 'completed' then null else 'it never came to an end; ask for it again' end
where (state = 'completed' and expires_at <= $1)
   or (state in ('waiting', 'running') and not exists (select from jobs j where j.job_id = e.job_id and j.state <> 'discarded'))
   or (state in ('waiting', 'running') and greatest(created_at, not_before) < $1::timestamptz - interval '24 hours')

-- name: to_sweep
-- $1 now, $2 limit: what is over and has left something in the store, and how many attempts may have. Who was cancelled or failed gets some
-- minutes to hear of it.
select export_id, attempts from report_exports
where stored and (removed or state = 'expired' or (state in ('cancelled', 'failed') and finished_at < $1::timestamptz - interval '10 minutes'))
order by export_id limit $2::bigint

-- name: swept
-- $1 exports whose objects are gone, $2 now. Where an attempt may still be putting one there (it has half an hour in all) they are looked for again.
update report_exports set stored = false
where export_id = any($1::uuid[]) and (removed or state not in ('waiting', 'running', 'completed'))
  and (expires_at is not null or finished_at < $2::timestamptz - interval '40 minutes')

-- name: forget_exports
-- $1 now: what is nobody's any more, and what ended long ago: until then its key makes no other.
delete from report_exports
where not stored and state not in ('waiting', 'running')
  and (user_id = '00000000-0000-0000-0000-000000000000' or finished_at < $1::timestamptz - interval '30 days')
