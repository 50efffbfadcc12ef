-- Imports that administrators begin: each state's row, and how it moves on.

-- name: begin_import
-- $1 id, $2 source, $3 upload, $4 by whom, $5 now. No row: another is worked on. What old ones said of people is forgotten.
with forgotten as (
    update roster_imports set details = null where coalesce(finished_at, planned_at) < $5::timestamptz - interval '30 days' and details is not null
)
insert into roster_imports (import_id, source, outcome, upload_id, made_by, started_at) values ($1, $2, 'uploaded', $3, $4, $5)
on conflict do nothing
returning import_id

-- name: import_at_work
select import_id from roster_imports where outcome in ('uploaded', 'checking', 'applying')

-- name: find_import
-- $1 id.
select i.import_id, i.source, i.outcome, i.mode, i.version, i.upload_id, u.user_id, u.given_name, u.family_name, i.applied_by, i.started_at,
       i.planned_at, i.finished_at, i.step, i.rows_done, i.rows_total, i.bytes_done, i.bytes_total, i.counts, i.error_code, i.error_place,
       i.fingerprint, i.details, i.accepted, i.loses
from roster_imports i left join users u on u.user_id = i.made_by
where i.import_id = $1

-- name: list_imports
-- The newest first. $1 and $2 the cursor's moment and id (null: from the beginning), $3 limit. Columns as above, without details.
select i.import_id, i.source, i.outcome, i.mode, i.version, i.upload_id, u.user_id, u.given_name, u.family_name, i.applied_by, i.started_at,
       i.planned_at, i.finished_at, i.step, i.rows_done, i.rows_total, i.bytes_done, i.bytes_total, i.counts, i.error_code, i.error_place,
       i.fingerprint, null::jsonb, i.accepted, i.loses
from roster_imports i left join users u on u.user_id = i.made_by
where $1::timestamptz is null or (i.started_at, i.import_id) < ($1, $2::uuid)
order by i.started_at desc, i.import_id desc
limit $3::bigint

-- name: begin_checking
-- $1 id. Again, after a worker was lost: the same.
update roster_imports set outcome = 'checking', version = version + 1, step = null, rows_done = 0, bytes_done = 0
where import_id = $1 and outcome in ('uploaded', 'checking')
returning version

-- name: save_plan
-- $1 id, $2 mode, $3 counts, $4 fingerprint, $5 details, $6 digest, $7 rows, $8 now, $9 does it remove more than is plausible?
update roster_imports
set outcome = 'planned', version = version + 1, mode = $2, counts = $3, fingerprint = $4, details = $5, digest = $6, rows_total = $7,
    planned_at = $8, loses = $9, step = null, rows_done = null, bytes_done = null, bytes_total = null
where import_id = $1 and outcome = 'checking'
returning version

-- name: begin_applying
-- $1 id, $2 the version seen, $3 are removals accepted?, $4 by whom. No row: it is not planned, or has another version.
update roster_imports set outcome = 'applying', version = version + 1, accepted = $3, applied_by = $4, rows_done = 0, bytes_done = 0
where import_id = $1 and outcome = 'planned' and version = $2
returning version

-- name: end_applying
-- $1 id, $2 was anything written?, $3 counts, $4 now.
update roster_imports
set outcome = case when $2::boolean then 'applied' else 'unchanged' end, version = version + 1, counts = $3, finished_at = $4, step = null
where import_id = $1 and outcome = 'applying'
returning version

-- name: fail_import
-- $1 id, $2 the error's code, $3 its place, $4 details (null: as they are), $5 now.
update roster_imports
set outcome = 'failed', version = version + 1, error_code = $2, error_place = $3, details = coalesce($4, details), finished_at = $5,
    step = null
where import_id = $1 and outcome in ('uploaded', 'checking', 'applying')
returning version

-- name: cancel_import
-- $1 id, $2 now.
update roster_imports set outcome = 'cancelled', version = version + 1, finished_at = $2, step = null
where import_id = $1 and outcome in ('uploaded', 'checking', 'planned', 'applying')
returning version

-- name: note_progress
-- $1 id, $2 step, $3 rows, $4 bytes, $5 of so many. No row: it is not worked on any more.
update roster_imports set step = $2, rows_done = $3, bytes_done = $4, bytes_total = $5, version = version + 1
where import_id = $1 and outcome in ('checking', 'applying')
returning version

-- name: forget_details
-- Also of a plan that waits: it can be applied without.
update roster_imports set details = null where details is not null
