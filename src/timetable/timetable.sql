-- name: timetable_version
-- No row: there is none.
select t.version, t.changed_at from timetables t

-- name: lock_timetable
-- Whoever changes anything of it waits for whoever does so already.
select t.version from timetables t for no key update

-- name: read_timetable
-- One statement, so that all of it is of one moment: the timetable itself (0), its lessons (1), what is different on single days (2).
select 0::bigint as part, t.version, t.calendar, t.changed_at, null::uuid as lesson_id, null::uuid, null::text, null::bigint, null::bigint,
       null::text, null::uuid, null::text, null::text as day, null::boolean
from timetables t
union all
select 1, l.version, null, null, l.lesson_id, l.section_id, l.period, l.days, l.rotation, l.room, l.teacher_id, l.term, null, null from lessons l
union all
select 2, null, null, null, c.lesson_id, null, null, null, null, c.room, c.teacher_id, null, to_char(c.day, 'YYYY-MM-DD'), c.cancelled
from lesson_changes c
order by part, lesson_id, day

-- name: lessons_after
-- $1 after this one, $2 how many at most. Beside each the names of the rotation, of which its bits are, of the same moment.
select l.lesson_id, l.section_id, l.period, l.days::bigint, l.rotation::bigint, l.room, l.teacher_id, l.term, l.version,
       t.calendar #> '{rotation,names}'
from lessons l cross join timetables t where l.lesson_id > $1 order by l.lesson_id limit $2

-- name: lessons_of_section_after
-- The same, $3 of this section.
select l.lesson_id, l.section_id, l.period, l.days::bigint, l.rotation::bigint, l.room, l.teacher_id, l.term, l.version,
       t.calendar #> '{rotation,names}'
from lessons l cross join timetables t where l.section_id = $3 and l.lesson_id > $1 order by l.lesson_id limit $2

-- name: lesson_by_id
-- $1 id. The same columns.
select l.lesson_id, l.section_id, l.period, l.days::bigint, l.rotation::bigint, l.room, l.teacher_id, l.term, l.version,
       t.calendar #> '{rotation,names}'
from lessons l cross join timetables t where l.lesson_id = $1

-- name: begin_timetable
-- $1 calendar, $2 now. No row: somebody else began one.
insert into timetables (version, calendar, changed_at) values (1, $1, $2) on conflict (tenant_id) do nothing returning version

-- name: change_timetable
-- $1 calendar, $2 now. Of the one that is locked.
update timetables set version = version + 1, calendar = $1, changed_at = $2, bells_until = null returning version

-- name: sections_unknown
-- $1 sections: the place of the first that the roster does not have, or no longer.
select u.place from unnest($1::uuid[]) with ordinality as u (section_id, place)
where not exists (select from sections s where s.section_id = u.section_id and s.status = 'active') order by u.place limit 1

-- name: teachers_unknown
-- $1 people: the place of the first that the roster does not have, or no longer.
select u.place from unnest($1::uuid[]) with ordinality as u (user_id, place)
where not exists (select from users p where p.user_id = u.user_id and p.status = 'active') order by u.place limit 1

-- name: put_lessons
-- $1 ids, $2 sections, $3 periods, $4 days, $5 rotations, $6 rooms, $7 teachers, $8 terms.
insert into lessons (lesson_id, section_id, period, days, rotation, room, teacher_id, term)
select p.* from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::uuid[], $8::text[])
    as p (lesson_id, section_id, period, days, rotation, room, teacher_id, term)
join sections s on s.section_id = p.section_id
on conflict (tenant_id, lesson_id) do update
set section_id = excluded.section_id, period = excluded.period, days = excluded.days, rotation = excluded.rotation, room = excluded.room,
    teacher_id = excluded.teacher_id, term = excluded.term, version = lessons.version + 1

-- name: remove_lessons
-- $1 ids.
delete from lessons where lesson_id = any ($1::uuid[])

-- name: put_lesson_changes
-- $1 lessons, $2 dates, as their midnights in UTC, $3 cancelled, $4 teachers, $5 rooms.
insert into lesson_changes (lesson_id, day, cancelled, teacher_id, room)
select p.lesson_id, (p.day at time zone 'UTC')::date, p.cancelled, p.teacher_id, p.room
from unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::uuid[], $5::text[]) as p (lesson_id, day, cancelled, teacher_id, room)
join lessons l on l.lesson_id = p.lesson_id
on conflict (tenant_id, lesson_id, day) do update
set cancelled = excluded.cancelled, teacher_id = excluded.teacher_id, room = excluded.room

-- name: remove_lesson_changes
-- $1 lessons, $2 dates likewise: pairs.
delete from lesson_changes c using unnest($1::uuid[], $2::timestamptz[]) as p (lesson_id, day)
where c.lesson_id = p.lesson_id and c.day = (p.day at time zone 'UTC')::date

-- name: sections_of_person
-- $1 user, $2 now: the sections that the person attends (false) or teaches (true) today.
select e.section_id, bool_or(e.role = 'teacher'), bool_or(e.role = 'student')
from enrollments e join sections s on s.section_id = e.section_id and s.status = 'active'
where e.user_id = $1 and e.status = 'active' and (e.end_date is null or e.end_date > $2::timestamptz::date)
group by e.section_id

-- name: titles_of_sections
-- $1 sections: of those that the roster has.
select s.section_id, s.title from sections s where s.section_id = any ($1::uuid[]) and s.status = 'active'

-- name: names_of_teachers
-- $1 people.
select u.user_id, u.given_name, u.family_name from users u where u.user_id = any ($1::uuid[])

-- name: sections_that_share_students
-- $1 now, $2 how many at most: sets of sections, and how many students are in just these.
select string_agg(g.section_id::text, ' ' order by g.section_id), g.students from (
    select unnest(o.sections) as section_id, o.sections, count(*) as students from (
        select array_agg(distinct e.section_id order by e.section_id) as sections, e.user_id
        from enrollments e join sections s on s.section_id = e.section_id and s.status = 'active'
        where e.role = 'student' and e.status = 'active' and (e.end_date is null or e.end_date > $1::timestamptz::date)
        group by e.user_id having count(distinct e.section_id) > 1) o
    group by o.sections) g
group by g.sections, g.students order by g.students desc limit $2

-- name: sections_to_place
-- $1 now: what a generator has to know of every section.
select s.section_id,
       (select min(e.user_id::text)::uuid from enrollments e where e.section_id = s.section_id and e.role = 'teacher' and e.status = 'active'),
       coalesce((select string_agg(e.user_id::text, ' ' order by e.user_id) from enrollments e
                 where e.section_id = s.section_id and e.role = 'student' and e.status = 'active'
                   and (e.end_date is null or e.end_date > $1::timestamptz::date)), ''),
       coalesce((select min(a.title) from section_terms t join academic_sessions a on a.academic_session_id = t.academic_session_id
                 where t.section_id = s.section_id and a.status = 'active'), '')
from sections s where s.status = 'active' order by s.section_id

-- name: terms_of_sections
select distinct a.title, to_char(a.start_date, 'YYYY-MM-DD'), to_char(a.end_date, 'YYYY-MM-DD')
from section_terms t join academic_sessions a on a.academic_session_id = t.academic_session_id
join sections s on s.section_id = t.section_id
where a.status = 'active' and s.status = 'active' order by 2, 1

-- name: bells_are_due
-- $1 until when bells have to stand, $2 until when they can, unless a clock was wrong. No row: they do, there is no timetable, or somebody is
-- at it.
select t.version from timetables t where t.bells_until is null or t.bells_until < $1 or t.bells_until > $2 for no key update skip locked

-- name: remove_timetable_bells
-- $1 now, $2 those that stay. Those that are long over go too.
delete from bells where source = 'timetable'
    and (starts_at < $1::timestamptz - interval '1 day' or (starts_at > $1 and not starts_at = any ($2::timestamptz[])))

-- name: put_timetable_bells
-- $1 ids, $2 instants.
insert into bells (bell_id, starts_at, lasts_seconds, source)
select p.bell_id, p.starts_at, 0, 'timetable' from unnest($1::uuid[], $2::timestamptz[]) as p (bell_id, starts_at)
on conflict (tenant_id, starts_at) do nothing

-- name: bells_stand
-- $1 until when.
update timetables set bells_until = $1

-- name: announce_timetable_bells
select control.announce_bells()

-- name: lock_feed_owner
-- $1 whose: whoever makes one for them waits for whoever does so already.
select u.user_id from users u where u.user_id = $1 and u.status = 'active' for no key update

-- name: add_calendar_feed
-- $1 id, $2 whose, $3 name, $4 hash, $5 now, $6 how many a person may have. No row: there are as many.
insert into calendar_feeds (feed_id, user_id, name, token_hash, created_at)
select $1, u.user_id, $3, $4, $5 from users u
where u.user_id = $2 and u.status = 'active' and (select count(*) from calendar_feeds f where f.user_id = $2) < $6::bigint
returning feed_id

-- name: calendar_feeds_of
-- $1 whose.
select f.feed_id, f.name, f.created_at from calendar_feeds f where f.user_id = $1 order by f.created_at, f.feed_id

-- name: remove_calendar_feed
-- $1 id, $2 whose.
delete from calendar_feeds where feed_id = $1 and user_id = $2 returning feed_id

-- name: calendar_feed_by_hash
-- $1 hash. Of whom the roster still has.
select f.user_id from calendar_feeds f join users u on u.user_id = f.user_id where f.token_hash = $1 and u.status = 'active'

-- name: remove_calendar_feeds_of
-- $1 whose.
delete from calendar_feeds where user_id = $1

-- name: forget_teacher
-- $1 who: their lessons stay, without them.
update lessons set teacher_id = null, version = version + 1 where teacher_id = $1

-- name: forget_substitute
-- $1 who. A change that said nothing else goes.
delete from lesson_changes where teacher_id = $1
