-- name: enqueue
-- $1 ids, $2 kinds, $3 priorities, $4 delays in ms, $5 attempts, $6 unique keys (empty: none), $7 args, $8 envelopes, pairwise. Those whose
-- key is taken by a job that has not ended are left out.
insert into jobs (job_id, kind, state, priority, due_at, attempts_max, unique_key, args, envelope)
select n.job_id, n.kind, (case when n.delay > 0 then 'scheduled' else 'available' end)::job_state, n.priority,
       now() + n.delay * interval '1 millisecond', n.attempts, nullif(n.unique_key, ''), n.args, n.envelope
from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[], $7::text[], $8::bytea[])
    as n (job_id, kind, priority, delay, attempts, unique_key, args, envelope)
on conflict do nothing
returning true

-- name: holder_of_key
select job_id from jobs where kind = $1 and unique_key = $2 and state <> 'discarded'

-- name: claimed
-- What this worker claimed: $1 jobs, $2 worker.
select job_id, kind, args, envelope, attempt, attempts_max, cancel_asked, created_at from jobs
where job_id = any($1::uuid[]) and worker_id is not distinct from $2 and state = 'running'

-- name: end_jobs
-- Completed, or cancelled ($4), as far as this worker still holds these attempts: $1 jobs, $2 attempts, $3 worker. The ids of those it did.
-- "offset 0" and "is not distinct from" keep these lookups by key, whatever the tables' sizes were when the plan was made: by worker, each
-- would pass all that the worker ever had and that is not vacuumed yet.
with held as materialized (
    select j.job_id
    from unnest($1::uuid[], $2::bigint[]) as e (job_id, attempt)
    cross join lateral (select o.job_id from jobs o
                        where o.job_id = e.job_id and o.attempt = e.attempt and o.worker_id is not distinct from $3 and o.state = 'running'
                        offset 0 for update) j
), ended as (
    delete from jobs j where j.job_id = any(array(select h.job_id from held h))
    returning j.job_id, j.kind, j.attempt, j.created_at, j.error
)
insert into job_history (job_id, kind, state, attempt, created_at, error)
select job_id, kind, (case when $4 then 'cancelled' else 'completed' end)::job_state, attempt, created_at, error from ended
returning job_id

-- name: put_off
-- Due again later, as far as this worker still holds the attempt: $1 job, $2 attempt, $3 worker, $4 never again?, $5 delay in ms, $6 error;
-- without one the attempt does not count.
update jobs
set state = (case when $4 then 'discarded' when $6::text is null then 'scheduled' else 'retryable' end)::job_state, worker_id = null, lease_until = null, due_at = now() + $5::bigint * interval '1 millisecond',
    attempt = case when $6 is null then attempt - 1 else attempt end, error = coalesce($6, error)
where job_id = $1 and attempt = $2::bigint and worker_id is not distinct from $3 and state = 'running'
returning job_id

-- name: list_jobs
-- $1 states to leave out; $2 kind (null: all), $3 after this id, $4 limit; $5: and waiting jobs that are due, which are available; else, with
-- $6, none of those.
select job_id, kind, state, priority, due_at, attempt, attempts_max, crashes, cancel_asked, args, created_at, error, due_at <= now() from jobs
where (state::text <> all($1::text[]) or ($5 and state in ('scheduled', 'retryable') and due_at <= now()))
  and not ($6 and due_at <= now())
  and ($2::text is null or kind = $2) and job_id > $3
order by job_id limit $4

-- name: get_job
select job_id, kind, state, priority, due_at, attempt, attempts_max, crashes, cancel_asked, args, created_at, error, due_at <= now() from jobs
where job_id = $1

-- name: list_history
-- $1 states to leave out, $2 kind (null: all), $3 before this id, $4 limit: the newest first.
select job_id, kind, state, attempt, created_at, ended_at, error from job_history
where state::text <> all($1::text[]) and ($2::text is null or kind = $2) and job_id < $3
order by job_id desc limit $4

-- name: get_history
select job_id, kind, state, attempt, created_at, ended_at, error from job_history where job_id = $1

-- name: retry_jobs
-- Due again, a dead letter with as many attempts more as it had, ten at most: $1 jobs (waiting or discarded), $2 delays in ms, pairwise. Not one whose unique key
-- another job has.
update jobs j
set state = (case when r.delay > 0 then 'scheduled' else 'available' end)::job_state, due_at = now() + r.delay * interval '1 millisecond',
    attempts_max = case when j.state = 'discarded' then j.attempt + least(j.attempts_max, 10) else j.attempts_max end, crashes = 0,
    cancel_asked = case when j.state = 'discarded' then false else j.cancel_asked end
from unnest($1::uuid[], $2::bigint[]) as r (job_id, delay)
where j.job_id = r.job_id and j.state in ('available', 'scheduled', 'retryable', 'discarded')
  and not (j.state = 'discarded' and j.unique_key is not null and exists (
      select from jobs o where o.kind = j.kind and o.unique_key = j.unique_key and o.state <> 'discarded'))
returning j.job_id

-- name: cancel_waiting
-- $1 job: ended, if no worker has it.
with ended as (
    delete from jobs where job_id = $1 and state <> 'running' returning job_id, kind, attempt, created_at, error
)
insert into job_history (job_id, kind, state, attempt, created_at, error)
select job_id, kind, 'cancelled', attempt, created_at, error from ended
returning job_id

-- name: ask_cancel
-- $1 job: whoever has it hears of it with the next beat.
update jobs set cancel_asked = true where job_id = $1 and state = 'running' returning job_id

-- name: dead_letters
-- $1 kind (null: all), $2 what the error begins with (null: anything), $3 limit: those that may come back, the oldest first, and how many match
-- in all. Not one whose unique key another job has, or a dead letter before it.
with matching as materialized (
    select j.job_id, j.kind, j.unique_key from jobs j
    where j.state = 'discarded' and ($1::text is null or j.kind = $1) and ($2::text is null or starts_with(j.error, $2))
)
select m.job_id, (select count(*) from matching)
from matching m
where m.unique_key is null
   or not exists (select from jobs o where o.kind = m.kind and o.unique_key = m.unique_key and o.state <> 'discarded')
      and not exists (select from matching e where e.kind = m.kind and e.unique_key = m.unique_key and e.job_id < m.job_id)
order by m.job_id limit $3

-- name: dead_letter_reasons
-- $1 kind (null: all): how many for which reason.
select kind, coalesce(error, ''), count(*), min(created_at) from jobs
where state = 'discarded' and ($1::text is null or kind = $1)
group by 1, 2 order by 3 desc, 1, 2 limit 100

-- name: ahead
-- $1 kind, $2 priority, $3 due: how many of the institution's own go before, up to 10,000.
select count(*) from (select from jobs where kind = $1 and state in ('available', 'scheduled', 'retryable') and due_at <= now()
                      and (priority, due_at) < ($2::bigint, $3::timestamptz) limit 10000) j

-- name: begin_schedule
-- $1 kind, $2 ms until the next one. A row if it is our turn to enqueue.
insert into job_schedules as s (kind, next_at) values ($1, now() + $2::bigint * interval '1 millisecond')
on conflict (tenant_id, kind) do update set next_at = excluded.next_at where s.next_at <= now()
returning true

-- name: beat
-- $1 worker, $2 its name, $3 lease in ms, $4 does it begin?, $5 kinds and $6 what was completed of them in $7 ms.
select control.job_beat($1, $2, $3::bigint * interval '1 millisecond', $4, $5::text[],
    array(select done * 1000.0::double precision / $7::bigint from unnest($6::bigint[]) with ordinality as r (done, at) order by at))

-- name: claim
-- $1 worker, $2 kinds, $3 batches, $4 leases in ms, $5 each, $6 the institution served last, $7 the least urgent priority, $8 first what lost a
-- worker before?
select tenant_id, job_id, kind from control.job_claim($1, $2::text[], $3::bigint[]::integer[],
    array(select lease * interval '1 millisecond' from unnest($4::bigint[]) with ordinality as l (lease, at) order by at), $5, $6, $7, $8)

-- name: release
-- $1 worker, $2 tenants, $3 jobs, pairwise, $4 delay in ms.
select control.job_release($1, $2::uuid[], $3::uuid[], $4::bigint * interval '1 millisecond')

-- name: rescue
select tenant_id, job_id, kind, state from control.job_rescue($1)

-- name: held
-- $1 worker: what it has, as far as the database knows.
select tenant_id, job_id, lease_until, cancel_asked from control.job_held($1)

-- name: schedules_due
select tenant_id, kind from control.job_schedules_due($1::text[], $2)

-- name: backlog
-- The rate in thousandths.
select kind, waiting, oldest_due, at, running, (per_second * 1000)::bigint, paused, concurrency from control.job_backlog()

-- name: backlog_here
-- The institution's own: by kind, what is due, since when, what waits for later, runs and is discarded.
select kind, count(*) filter (where state in ('available', 'scheduled', 'retryable') and due_at <= now()),
       min(due_at) filter (where state in ('available', 'scheduled', 'retryable') and due_at <= now()), now(),
       count(*) filter (where state in ('scheduled', 'retryable') and due_at > now()), count(*) filter (where state = 'running'),
       count(*) filter (where state = 'discarded')
from jobs group by kind order by kind

-- name: forget
select control.job_forget()
