-- How assignments are marked, marks, grades and requests to look at them again. Points are hundredths.

-- name: marking_of
-- $1 assignment: the scheme in force.
select s.version, s.points_max, s.rubric::text, s.answer_key::text, s.counts, s.tolerance, s.regrade_seconds, m.anonymous, m.opened_at
from marking m join marking_schemes s on s.assignment_id = m.assignment_id and s.version = m.version
where m.assignment_id = $1

-- name: lock_marking
select assignment_id from marking where assignment_id = $1 for update

-- name: scheme_at
-- $1 assignment, $2 version.
select s.version, s.points_max, s.rubric::text, s.answer_key::text, s.counts, s.tolerance, s.regrade_seconds
from marking_schemes s where s.assignment_id = $1 and s.version = $2

-- name: begin_marking
-- $1 assignment, $2 anonymous: version 0, of which there is no scheme.
insert into marking (assignment_id, version, anonymous)
select a.assignment_id, 0, $2 from assignments a where a.assignment_id = $1
on conflict (tenant_id, assignment_id) do nothing

-- name: add_scheme
-- $1 assignment, $2 the version seen, then the scheme; $9 who, $10 now. No row: another version stands.
with next as (
    update marking set version = version + 1 where assignment_id = $1 and version = $2 returning assignment_id, version
)
insert into marking_schemes (assignment_id, version, points_max, rubric, answer_key, counts, tolerance, regrade_seconds, made_by, made_at)
select assignment_id, version, $3, $4, $5, $6, $7, $8, $9, $10 from next
returning version

-- name: set_anonymous
-- $1 assignment, $2 anonymous; whether identities are hidden now. No row: it would open them.
update marking set anonymous = $2
where assignment_id = $1 and ($2 or not anonymous or opened_at is not null or not exists (select from marks k where k.assignment_id = $1))
returning assignment_id, anonymous and opened_at is null

-- name: open_identities
-- $1 assignment, $2 who, $3 now.
update marking set opened_at = $3, opened_by = $2 where assignment_id = $1 and anonymous and opened_at is null

-- name: open_identities_when_released
-- $1 assignment, $2 who, $3 now: if everybody who handed in has a grade.
update marking m set opened_at = $3, opened_by = $2
where m.assignment_id = $1 and m.anonymous and m.opened_at is null
  and not exists (select from submissions s where s.assignment_id = $1 and s.state = 'recorded'
                  and not exists (select from grades g where g.assignment_id = s.assignment_id and g.user_id = s.user_id))

-- name: hide_identities
-- $1 assignment, $2 hidden: to its teachers, of what was handed in.
update assignments set identities_hidden = $2 where assignment_id = $1 and identities_hidden <> $2

-- name: works_users
-- $1 assignment, $2 limit: its students, and whoever handed in or has a mark or grade.
select w.user_id from (
    select s.user_id from submissions s where s.assignment_id = $1 and s.state = 'recorded'
    union select e.user_id from assignments a join enrollments e on e.section_id = a.section_id
          where a.assignment_id = $1 and e.role = 'student' and e.status = 'active'
    union select k.user_id from marks k where k.assignment_id = $1
    union select g.user_id from grades g where g.assignment_id = $1
) w order by w.user_id limit $2

-- name: works_handed_in
-- $1 assignment, $2 users: their latest recorded attempts.
select distinct on (s.user_id) s.user_id, s.submission_id, s.received_at, s.late from submissions s
where s.assignment_id = $1 and s.user_id = any($2) and s.state = 'recorded'
order by s.user_id, s.received_at desc, s.journal_epoch desc, s.journal_seq desc

-- name: works_marks
-- $1 assignment, $2 users, $3 with what they say?
select k.user_id, k.kind, k.marker_id, k.done, k.scheme_version, k.submission_id, k.points, case when $3 then k.content::text end,
       k.version, k.changed_at
from marks k where k.assignment_id = $1 and k.user_id = any($2)

-- name: works_grades
-- The same of their newest grades.
select distinct on (g.user_id) g.user_id, g.number, g.points, g.released_at, g.scheme_version, case when $3 then g.content::text end
from grades g where g.assignment_id = $1 and g.user_id = any($2)
order by g.user_id, g.number desc

-- name: works_regrades
-- $1 assignment, $2 users: who asks for another look.
select r.user_id from regrade_requests r where r.assignment_id = $1 and r.user_id = any($2) and r.state = 'open'

-- name: attempts
-- $1 assignment, $2 user, $3 limit: recorded ones, the latest first.
select s.submission_id, s.kind, s.content, s.received_at, s.late from submissions s
where s.assignment_id = $1 and s.user_id = $2 and s.state = 'recorded'
order by s.received_at desc, s.journal_epoch desc, s.journal_seq desc
limit $3

-- name: begin_mark
-- $1 assignment, $2 user, $3 kind, $4 marker, $5 done, $6 scheme version, $7 submission, $8 points, $9 content, $10 now. No row: there is one.
insert into marks (assignment_id, user_id, kind, marker_id, done, scheme_version, submission_id, points, content, changed_at)
select m.assignment_id, $2, $3, $4, $5, $6, $7, $8, $9, $10 from marking m where m.assignment_id = $1
on conflict (tenant_id, assignment_id, user_id, kind) do nothing
returning version

-- name: change_mark
-- $1 assignment, $2 user, $3 kind, $4 the version seen, $5 marker, $6 done, $7 scheme version, $8 submission, $9 points, $10 content, $11 now.
update marks
set marker_id = $5, done = $6, scheme_version = $7, submission_id = $8, points = $9, content = $10, changed_at = $11, version = version + 1
where assignment_id = $1 and user_id = $2 and kind = $3 and version = $4
returning version

-- name: put_automatic_mark
-- $1 assignment, $2 user, $3 done, $4 scheme version, $5 submission, $6 points, $7 content, $8 now.
insert into marks (assignment_id, user_id, kind, done, scheme_version, submission_id, points, content, changed_at)
select m.assignment_id, $2, 'automatic', $3, $4, $5, $6, $7, $8 from marking m where m.assignment_id = $1
on conflict (tenant_id, assignment_id, user_id, kind) do update
set done = excluded.done, scheme_version = excluded.scheme_version, submission_id = excluded.submission_id, points = excluded.points,
    content = excluded.content, changed_at = excluded.changed_at, version = marks.version + 1

-- name: add_grade
-- $1 assignment, $2 user, $3 number, $4 scheme version, $5 points, $6 content, $7 submission, $8 reason, $9 who, $10 now.
insert into grades (assignment_id, user_id, number, scheme_version, points, content, submission_id, reason, released_by, released_at)
select m.assignment_id, $2, $3, $4, $5, $6, $7, $8, $9, $10 from marking m where m.assignment_id = $1

-- name: grades_of
-- $1 assignment, $2 user, $3 limit: the newest first.
select g.number, g.points, g.released_at, g.scheme_version, g.content::text, g.submission_id, g.reason, g.released_by from grades g
where g.assignment_id = $1 and g.user_id = $2
order by g.number desc
limit $3

-- name: latest_grades
-- $1 user, $2 from the beginning?, else behind $3 and $4, the cursor's release and assignment, $5 limit: the newest of each assignment, the latest first.
select g.assignment_id, a.title, s.title, g.number, g.points, k.points_max, g.released_at
from grades g
join assignments a on a.assignment_id = g.assignment_id
join sections s on s.section_id = a.section_id
join marking_schemes k on k.assignment_id = g.assignment_id and k.version = g.scheme_version
where g.user_id = $1
  and g.number = (select max(n.number) from grades n where n.assignment_id = g.assignment_id and n.user_id = g.user_id)
  and ($2 or (g.released_at, g.assignment_id) < ($3, $4))
order by g.released_at desc, g.assignment_id desc
limit $5

-- name: ask_regrade
-- $1 id, $2 assignment, $3 user, $4 the grade's number, $5 text, $6 now. No row: there is no such grade, or it was asked about already.
insert into regrade_requests (regrade_id, assignment_id, user_id, number, state, text, made_at)
select $1, g.assignment_id, g.user_id, g.number, 'open', $5, $6 from grades g
where g.assignment_id = $2 and g.user_id = $3 and g.number = $4
on conflict (tenant_id, assignment_id, user_id, number) do nothing
returning regrade_id

-- name: regrade_by_id
select r.regrade_id, r.assignment_id, r.user_id, r.number, r.state, r.text, r.made_at, r.answer, r.ended_by, r.ended_at
from regrade_requests r where r.regrade_id = $1

-- name: latest_regrade
-- $1 assignment, $2 user.
select r.regrade_id, r.assignment_id, r.user_id, r.number, r.state, r.text, r.made_at, r.answer, r.ended_by, r.ended_at
from regrade_requests r where r.assignment_id = $1 and r.user_id = $2
order by r.number desc limit 1

-- name: list_regrades
-- $1 assignment, $2 open ones alone?, $3 and $4 the cursor's time and id, $5 limit.
select r.regrade_id, r.assignment_id, r.user_id, r.number, r.state, r.text, r.made_at, r.answer, r.ended_by, r.ended_at
from regrade_requests r
where r.assignment_id = $1 and (not $2 or r.state = 'open') and (r.made_at, r.regrade_id) > ($3, $4)
order by r.made_at, r.regrade_id limit $5

-- name: end_regrade
-- $1 request, $2 state, $3 answer, $4 who, $5 now. No row: it has ended.
update regrade_requests set state = $2, answer = $3, ended_by = $4, ended_at = $5 where regrade_id = $1 and state = 'open'
returning regrade_id

-- name: forget_person
-- $1 user: what was said of their work, and what they asked.
with asked as (delete from regrade_requests where user_id = $1),
     graded as (delete from grades where user_id = $1)
delete from marks where user_id = $1
