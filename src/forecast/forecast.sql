-- What the forecast counts, keeps and looks at. Of others' tables it reads counts alone.

-- name: add_minutes
-- $1 minutes, each once, $2 to $7 what came in each, by kind (jobs are counted from their rows).
insert into load_minutes as m (minute, password, refresh, provider, page_read, submission, live_join)
select * from unnest($1::timestamptz[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
on conflict (tenant_id, minute) do update set
    password = m.password + excluded.password, refresh = m.refresh + excluded.refresh, provider = m.provider + excluded.provider,
    page_read = m.page_read + excluded.page_read, submission = m.submission + excluded.submission, live_join = m.live_join + excluded.live_join

-- name: count_jobs
-- $1 from, $2 until: of the day's minutes, as often as wanted.
insert into load_minutes as m (minute, job)
select date_trunc('minute', j.created_at), count(*)
from (select created_at from jobs union all select created_at from job_history) j
where j.created_at >= $1 and j.created_at < $2
group by 1
on conflict (tenant_id, minute) do update set job = excluded.job

-- name: minutes_between
-- $1 from, $2 until.
select minute, password, refresh, provider, page_read, submission, live_join, job from load_minutes
where minute >= $1 and minute < $2 order by minute

-- name: people
select count(*) from users where status = 'active'

-- name: provides
select exists (select from identity_providers where enabled)

-- name: dues
-- $1 from, $2 until, $3 limit: due instants, who is to submit, and who has. Whoever has an extension is due then: one for the section moves
-- all of it, one for a student that one alone, and earlier than the assignment's own none does.
with due as (
    select a.assignment_id, a.section_id, greatest(a.due_at, x.due_at) as due_at
    from assignments a
    left join extensions x on x.assignment_id = a.assignment_id and x.user_id is null and x.revoked_at is null
    where a.active and a.assignment_id in (select i.assignment_id from assignments i where i.active and i.due_at >= $1 and i.due_at < $2
                                           union select e.assignment_id from extensions e where e.revoked_at is null and e.due_at >= $1)
), moved as (
    select d.due_at as usual, e.due_at as own,
           (exists (select from submissions w
                    where w.assignment_id = d.assignment_id and w.user_id = e.user_id and w.state = 'recorded'))::int as submitted
    from due d join extensions e on e.assignment_id = d.assignment_id and e.revoked_at is null and e.due_at > d.due_at
    where exists (select from enrollments n
                  where n.section_id = d.section_id and n.user_id = e.user_id and n.role = 'student' and n.status = 'active')
)
select a.due_at, sum(a.students)::bigint, sum(a.submitted)::bigint
from (
    select d.due_at, e.students, s.submitted
    from due d
    cross join lateral (select count(distinct n.user_id) as students from enrollments n
                        where n.section_id = d.section_id and n.role = 'student' and n.status = 'active') e
    cross join lateral (select count(distinct w.user_id) as submitted from submissions w
                        where w.assignment_id = d.assignment_id and w.state = 'recorded') s
    where d.due_at >= $1 and d.due_at < $2
    union all
    select m.usual, -1, -m.submitted from moved m
    union all
    select m.own, 1, m.submitted from moved m
) a
where a.due_at >= $1 and a.due_at < $2
group by a.due_at order by a.due_at limit $3

-- name: handed_in
-- $1 from, $2 until, of due instants, $3 limit: of each assignment its students, and of each who submitted so many minutes before the due
-- instant, counted up; null: nobody did. Who has an extension of their own is left out.
with due as (
    select a.assignment_id, a.section_id, greatest(a.due_at, x.due_at) as due_at
    from assignments a
    left join extensions x on x.assignment_id = a.assignment_id and x.user_id is null and x.revoked_at is null
    where a.active and a.assignment_id in (select i.assignment_id from assignments i where i.active and i.due_at >= $1 and i.due_at < $2
                                           union select e.assignment_id from extensions e
                                           where e.revoked_at is null and e.user_id is null and e.due_at >= $1 and e.due_at < $2)
), own as (
    select d.assignment_id, e.user_id from due d
    join extensions e on e.assignment_id = d.assignment_id and e.revoked_at is null and e.due_at > d.due_at
    where e.user_id is not null
)
select d.assignment_id, e.students, f.lead
from due d
cross join lateral (select count(distinct n.user_id) as students from enrollments n
                    where n.section_id = d.section_id and n.role = 'student' and n.status = 'active'
                      and not exists (select from own o where o.assignment_id = d.assignment_id and o.user_id = n.user_id)) e
left join lateral (select ceil(extract(epoch from d.due_at - min(w.received_at)) / 60)::bigint as lead from submissions w
                   where w.assignment_id = d.assignment_id and w.state = 'recorded'
                     and not exists (select from own o where o.assignment_id = d.assignment_id and o.user_id = w.user_id)
                   group by w.user_id) f on true
where d.due_at >= $1 and d.due_at < $2
order by d.assignment_id limit $3

-- name: due_beside
-- $1 a section, $2 from, $3 until, $4 an assignment that does not count, or null, $5 limit: other due instants of its students, and of how
-- many of them.
select a.assignment_id, a.due_at, count(distinct mine.user_id)
from enrollments mine
join enrollments theirs on theirs.user_id = mine.user_id and theirs.role = 'student' and theirs.status = 'active'
join assignments a on a.section_id = theirs.section_id
where mine.section_id = $1 and mine.role = 'student' and mine.status = 'active'
  and a.active and a.due_at >= $2 and a.due_at < $3 and a.assignment_id is distinct from $4::uuid
group by a.assignment_id, a.due_at
order by a.due_at, a.assignment_id limit $5

-- name: section_sizes
select section_id, count(distinct user_id) from enrollments where role = 'student' and status = 'active' group by section_id

-- name: students_of
-- $1 section.
select count(distinct user_id) from enrollments where section_id = $1 and role = 'student' and status = 'active'

-- name: learned
-- $1 model, $2 of what is known already.
select state from forecast_learned where model = $1 and until > $2

-- name: keep_learned
-- $1 model, $2 until, $3 the state. No row: somebody learnt further.
insert into forecast_learned (model, until, state) values ($1, $2, $3)
on conflict (tenant_id) do update set model = excluded.model, until = excluded.until, state = excluded.state
where forecast_learned.until < excluded.until or forecast_learned.model <> excluded.model
returning true

-- name: keep_day
-- $1 begin, $2 minutes, $3 model, $4 now, $5 what is known now, $6 the minutes that this process counted.
insert into forecast_days as d (begins, minutes, model, made_at, school, latest, counted)
values ($1, $2, $3, $4, $5, $5,
    (select string_agg(case when m.counted then '1' else '0' end, '' order by m.n) from unnest($6::boolean[]) with ordinality m (counted, n))::varbit)
on conflict (tenant_id, begins) do update set latest = excluded.latest, counted = d.counted | excluded.counted
where d.errors is null and d.minutes = excluded.minutes

-- name: day_over
-- $1 model, $2 now, less what late counts get. The first that nobody has scored; its row stays locked.
select begins, minutes, made_at, school, latest, counted::text from forecast_days
where errors is null and model = $1 and begins + minutes * interval '1 minute' <= $2
order by begins limit 1 for update

-- name: counted_about
-- $1 from, $2 until: of a day that began then.
select begins, minutes, counted::text from forecast_days where begins >= $1 and begins < $2 order by begins limit 1

-- name: latest_of
-- $1 a day's begin.
select latest from forecast_days where begins = $1

-- name: day_under_way
-- $1 a day's begin, $2 model: as its forecast was made.
select made_at, school, counted::text from forecast_days where begins = $1 and model = $2

-- name: score_day
-- $1 a day's begin, $2 its errors.
update forecast_days set errors = $2, scored_at = now() where begins = $1

-- name: day_errors
-- $1 model, $2 limit. The latest first.
select errors, begins from forecast_days where errors is not null and model = $1 order by begins desc limit $2

-- name: forget_load
-- $1 before.
delete from load_minutes where minute < $1

-- name: forget_days
-- $1 before.
delete from forecast_days where begins < $1
