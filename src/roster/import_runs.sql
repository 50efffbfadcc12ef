-- The book of imports.

-- name: begin_run
-- $1 id, $2 source, $3 mode, $4 digest, $5 now.
insert into roster_imports (import_id, source, mode, digest, started_at, outcome) values ($1, $2, $3, $4, $5, 'running')

-- name: finish_run
-- $1 id, $2 now, $3 outcome, $4 counts, $5 the error's code, $6 its place.
update roster_imports set finished_at = $2, outcome = $3, counts = $4, error_code = $5, error_place = $6 where import_id = $1

-- name: last_applied
-- What made the source's rows as they are. $1 source.
select import_id, source, digest from roster_imports
where source = $1 and outcome in ('applied', 'unchanged')
order by finished_at desc, import_id desc limit 1

-- name: list_runs
-- The newest first. $1 how many.
select import_id, source, mode, digest, started_at, finished_at, outcome, counts, error_code, error_place
from roster_imports order by started_at desc, import_id desc limit $1
