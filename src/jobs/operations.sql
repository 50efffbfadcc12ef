-- What operators see and do over all institutions, through their doors.

-- name: decide
-- $1 kind, $2 paused? (null: as it is), $3 change the limit?, $4 at once (null: no limit), $5 actor. False: nobody knows the kind.
select control.job_decide($1, $2, $3, $4, $5)

-- name: overview
-- By kind; the rate in thousandths.
select kind, waiting, oldest_due, at, running, (per_second * 1000)::bigint, paused, concurrency, dead from control.job_overview()

-- name: workers
-- $1 limit.
select name, running from control.job_worker_list($1)

-- name: all_dead_letters
-- $1 institution (null: all), $2 kind (null: all), $3 limit.
select tenant_id, kind, error, jobs, oldest, all_jobs, all_reasons from control.dead_letters($1, $2, $3)

-- name: redrive_all
-- $1 institution, $2 kind (null: all), $3 what the error begins with (null: anything), $4 limit, $5 microseconds between two, $6 only look?, $7 actor.
select matching, job_id from control.dead_letters_redrive($1, $2, $3, $4, $5::bigint * interval '1 microsecond', $6, $7)
order by job_id
