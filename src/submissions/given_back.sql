-- name: due_spans
-- $1 an outage's begin, $2 its end, $3 the latest due instant that is looked at. What each section was to hand in by when, and the
-- students who had longer than theirs.
with of_section as (
    select a.assignment_id, a.opens_at, greatest(a.due_at, e.due_at) as due_at, coalesce(e.attempts_extra, 0) as attempts_extra, e.extension_id
    from assignments a
    left join extensions e on e.assignment_id = a.assignment_id and e.user_id is null and e.revoked_at is null
    where a.active and (a.opens_at is null or a.opens_at < $2)
)
select s.assignment_id, null::uuid as user_id, s.opens_at, s.due_at, s.attempts_extra::bigint, s.extension_id
from of_section s where s.due_at > $1 and s.due_at <= $3
union all
select s.assignment_id, e.user_id, s.opens_at, e.due_at, e.attempts_extra::bigint, e.extension_id
from of_section s
join extensions e on e.assignment_id = s.assignment_id and e.user_id is not null and e.revoked_at is null
where e.due_at > s.due_at and e.due_at > $1 and e.due_at <= $3
order by 1, 2 nulls first

-- name: replace_extensions
-- $1 extensions: if they still stand, they make room.
update extensions set revoked_at = now() where extension_id = any($1::uuid[]) and revoked_at is null

-- name: give_back
-- $1 ids, $2 assignments, $3 users (null: the whole section), $4 due instants, $5 more attempts, $6 the outage, $7 the reason.
insert into extensions (extension_id, assignment_id, user_id, due_at, attempts_extra, reason, outage_id)
select g.extension_id, a.assignment_id, g.user_id, g.due_at, g.attempts_extra, $7, $6
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::bigint[])
    as g (extension_id, assignment_id, user_id, due_at, attempts_extra)
join assignments a on a.assignment_id = g.assignment_id
on conflict (tenant_id, assignment_id, user_id) where revoked_at is null do nothing

-- name: lateness_follows
-- $1 an outage: what came within the time that was given back for it is not late.
update submissions s set late = false
from extensions e
where e.outage_id = $1 and e.revoked_at is null and s.assignment_id = e.assignment_id
  and (e.user_id is null or e.user_id = s.user_id) and s.state = 'recorded' and s.late and s.received_at < e.due_at
