-- ---- which lessons are live ----

-- name: live_lesson
-- $1 lesson.
select version, students_may from live_lessons where lesson_id = $1

-- name: live_lessons
select lesson_id, version, students_may from live_lessons

-- name: make_live
-- $1 lesson, $2 what students may, $3 now. No row: it is so already, or the timetable does not have the lesson.
insert into live_lessons (lesson_id, students_may, changed_at) select l.lesson_id, $2, $3 from lessons l where l.lesson_id = $1
on conflict (tenant_id, lesson_id) do nothing returning version

-- name: change_live
-- $1 lesson, $2 the version that is changed, $3 what students may, $4 now.
update live_lessons set version = version + 1, students_may = $3, changed_at = $4 where lesson_id = $1 and version = $2 returning version

-- name: end_live
-- $1 lesson, $2 the version.
delete from live_lessons where lesson_id = $1 and version = $2 returning version

-- ---- classes ----

-- name: classes_by_id
-- $1 ids.
select class_id, lesson_id, to_char(day, 'YYYY-MM-DD'), section_id, teacher_id, title, begins_at, ends_at, students_may, cancelled, version, state,
       failed_in, round, asked, coalesce(provider, ''), coalesce(stream_ref, ''), ingests, quota_at, quota_short, slate_on, signal, polled_at,
       swept_at, warm_planned, warm_verified, attempts, not_before, fault, ended_at, coalesce(recording, '')
from live_classes where class_id = any ($1::uuid[])

-- name: classes_of_person
-- $1 who, $2 now, $3 from, $4 until, $5 how many at most: of sections that they attend or teach, or their own.
select class_id, lesson_id, to_char(day, 'YYYY-MM-DD'), section_id, teacher_id, title, begins_at, ends_at, students_may, cancelled, version, state,
       failed_in, round, asked, coalesce(provider, ''), coalesce(stream_ref, ''), null::bytea, quota_at, quota_short, slate_on, signal, polled_at,
       swept_at, warm_planned, warm_verified, attempts, not_before, fault, ended_at, coalesce(recording, '')
from live_classes c
where c.begins_at >= $3 and c.begins_at < $4
  and (c.teacher_id = $1
       or exists (select from enrollments e where e.section_id = c.section_id and e.user_id = $1 and e.status = 'active'
                  and (e.end_date is null or e.end_date > $2::timestamptz::date)))
order by c.begins_at, c.class_id limit $5

-- name: put_classes
-- What the timetable says: $1 ids, $2 lessons, $3 days as their midnights in UTC, $4 sections, $5 teachers, $6 titles, $7 begins, $8 ends, $9 what
-- students may, $10 cancelled; $11 the leader's epoch. What is as it was is not written.
insert into live_classes as c (class_id, lesson_id, day, section_id, teacher_id, title, begins_at, ends_at, students_may, cancelled)
select p.class_id, p.lesson_id, (p.day at time zone 'UTC')::date, p.section_id, u.user_id, p.title, p.begins_at, p.ends_at, p.students_may, p.cancelled
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::bigint[],
            $10::boolean[])
    as p (class_id, lesson_id, day, section_id, teacher_id, title, begins_at, ends_at, students_may, cancelled)
join sections s on s.section_id = p.section_id
left join users u on u.user_id = p.teacher_id
where control.live_leads($11)
on conflict (tenant_id, class_id) do update
set section_id = excluded.section_id, teacher_id = excluded.teacher_id, title = excluded.title, begins_at = excluded.begins_at,
    ends_at = excluded.ends_at, students_may = excluded.students_may, cancelled = excluded.cancelled, version = c.version + 1
where (c.section_id, c.teacher_id, c.title, c.begins_at, c.ends_at, c.students_may, c.cancelled) is distinct from
      (excluded.section_id, excluded.teacher_id, excluded.title, excluded.begins_at, excluded.ends_at, excluded.students_may, excluded.cancelled)

-- name: cancel_other_classes
-- $1 from, $2 until, $3 those that stay as they are, $4 the leader's epoch: what does not follow from the timetable any more.
update live_classes set cancelled = true, version = version + 1
where begins_at >= $1 and begins_at < $2 and not cancelled and not class_id = any ($3::uuid[]) and state not in ('ended', 'archived')
  and control.live_leads($4)

-- name: step_class
-- $1 class, $2 the version that the step began with, $3 the leader's epoch; then what it is now. No row: it has changed meanwhile, or somebody
-- else leads.
update live_classes
set version = version + 1, state = $4, failed_in = $5, round = $6, asked = $7, provider = nullif($8, ''), stream_ref = nullif($9, ''),
    ingests = $10, quota_at = $11, quota_short = $12, slate_on = $13, signal = $14, polled_at = $15, swept_at = $16, warm_planned = $17,
    warm_verified = $18, attempts = $19, not_before = $20, fault = $21, ended_at = $22
where class_id = $1 and version = $2 and control.live_leads($3)
returning version

-- ---- who is put out ----

-- name: removals_of
-- $1 classes.
select class_id, user_id from live_removals where class_id = any ($1::uuid[])

-- name: remove_person
-- $1 class, $2 who, $3 now. No row: they are out already.
insert into live_removals (class_id, user_id, removed_at)
select c.class_id, u.user_id, $3 from live_classes c cross join users u where c.class_id = $1 and u.user_id = $2
on conflict (tenant_id, class_id, user_id) do nothing returning class_id

-- name: let_back_in
-- $1 class, $2 who.
delete from live_removals where class_id = $1 and user_id = $2 returning class_id

-- name: forget_removals
-- $1 before when a class was over: who was put out of it is nobody's concern any more.
delete from live_removals r using live_classes c where c.class_id = r.class_id and c.ends_at < $1

-- name: forget_removals_of
-- $1 who.
delete from live_removals where user_id = $1

-- name: forget_teacher
-- $1 who: their classes stay, without them.
update live_classes set teacher_id = null, version = version + 1 where teacher_id = $1

-- name: touch_class
-- $1 class: every process reads it anew.
update live_classes set version = version + 1 where class_id = $1 returning version

-- ---- who is of a class ----

-- name: people_of_sections
-- $1 sections, $2 now.
select e.section_id, e.user_id, bool_or(e.role <> 'student')
from enrollments e join users u on u.user_id = e.user_id and u.status = 'active'
where e.section_id = any ($1::uuid[]) and e.status = 'active' and (e.end_date is null or e.end_date > $2::timestamptz::date)
group by e.section_id, e.user_id order by e.section_id, e.user_id

-- name: some_people_of_sections
-- The same, $3 of these people.
select e.section_id, e.user_id, bool_or(e.role <> 'student')
from enrollments e join users u on u.user_id = e.user_id and u.status = 'active'
where e.user_id = any ($3::uuid[]) and e.section_id = any ($1::uuid[]) and e.status = 'active'
  and (e.end_date is null or e.end_date > $2::timestamptz::date)
group by e.section_id, e.user_id

-- ---- across institutions ----

-- name: lead
-- $1 the epoch that was given last, or 0, $2 who, $3 milliseconds. And what time the database has.
select control.live_lead($1, $2, $3::bigint * interval '1 millisecond'), clock_timestamp()

-- name: resign
-- $1 the epoch.
select control.live_resign($1)

-- name: institutions
select tenant_id, mark from control.live_institutions()

-- name: classes_between
-- $1 from, $2 until. In order of their beginnings, the archived last.
select tenant_id, class_id, version from control.live_classes_between($1, $2)
