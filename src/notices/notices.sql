-- What people are told: rows for one person, or for all students of a section.

-- name: tell_persons
-- $1 ids of the notices, $2 whom each is for, $3 kind, $4 about what, $5 now. Holds the institution's counter until COMMIT.
with counted as (
    insert into notice_counters (number) values (1)
    on conflict (tenant_id) do update set number = notice_counters.number + 1
    returning number
)
insert into notices (notice_id, number, kind, user_id, subject_id, created_at)
select n.notice_id, c.number, case $3 when 'announcement' then 'announcement' else 'grade_released' end, u.user_id, $4, $5
from counted c, unnest($1::uuid[], $2::uuid[]) as n (notice_id, user_id) join users u on u.user_id = n.user_id

-- name: tell_section
-- $1 id of the notice, $2 kind, $3 the section, $4 about what, $5 now. The same.
with counted as (
    insert into notice_counters (number) values (1)
    on conflict (tenant_id) do update set number = notice_counters.number + 1
    returning number
)
insert into notices (notice_id, number, kind, section_id, subject_id, created_at)
select $1, c.number, case $2 when 'grade_released' then 'grade_released' else 'announcement' end, s.section_id, $4, $5
from counted c join sections s on s.section_id = $3

-- name: take_back
-- $1 section, $2 about what.
delete from notices where section_id = $1 and subject_id = $2

-- name: list_notices
-- $1 person, $2 and $3 the position to go on before, $4 limit. The newest first.
with sections_of as materialized (
    select e.section_id from enrollments e where e.user_id = $1 and e.role = 'student' and e.status = 'active'
), found as (
    (select n.notice_id, n.number, n.kind, n.section_id, n.subject_id, n.created_at from notices n
     where n.user_id = $1 and (n.number, n.notice_id) < ($2, $3) order by n.number desc, n.notice_id desc limit $4)
    union all
    (select n.notice_id, n.number, n.kind, n.section_id, n.subject_id, n.created_at from notices n
     where n.section_id = any (array(select section_id from sections_of)) and (n.number, n.notice_id) < ($2, $3)
     order by n.number desc, n.notice_id desc limit $4)
)
select f.notice_id, f.number, f.kind, f.section_id, f.subject_id, f.created_at, r.read_at
from found f left join notice_reads r on r.notice_id = f.notice_id and r.user_id = $1
order by f.number desc, f.notice_id desc limit $4

-- name: count_unread
-- $1 person, $2 how many at most.
select count(*) from (
    select from notices n
    where (n.user_id = $1
           or n.section_id = any (array(select e.section_id from enrollments e
                                        where e.user_id = $1 and e.role = 'student' and e.status = 'active')))
      and not exists (select from notice_reads r where r.notice_id = n.notice_id and r.user_id = $1)
    limit $2) as unread

-- name: mark_read
-- $1 person, $2 notices, $3 now. What is not theirs stays as it is.
insert into notice_reads (notice_id, user_id, read_at)
select n.notice_id, $1, $3 from notices n
where n.notice_id = any ($2::uuid[])
  and (n.user_id = $1
       or n.section_id = any (array(select e.section_id from enrollments e
                                    where e.user_id = $1 and e.role = 'student' and e.status = 'active')))
on conflict do nothing

-- name: mark_read_up_to
-- $1 person, $2 the newest of those that were read, $3 now.
insert into notice_reads (notice_id, user_id, read_at)
select n.notice_id, $1, $3 from notices n
where (n.number, n.notice_id) <= (select u.number, u.notice_id from notices u where u.notice_id = $2)
  and (n.user_id = $1
       or n.section_id = any (array(select e.section_id from enrollments e
                                    where e.user_id = $1 and e.role = 'student' and e.status = 'active')))
on conflict do nothing

-- name: news_after
-- $1 and $2 a position, $3 how many rows at most. The last number; then what is newer, and whom it is for: ids in a row.
select h.number, n.notice_id, n.number, n.kind, n.section_id, n.subject_id, n.created_at,
       case when n.user_id is not null then uuid_send(n.user_id)
            else (select string_agg(uuid_send(e.user_id), ''::bytea) from enrollments e
                  where e.section_id = n.section_id and e.role = 'student' and e.status = 'active') end
from (select coalesce(max(c.number), 0) as number from notice_counters c) h
left join lateral (select * from notices m where (m.number, m.notice_id) > ($1, $2) order by m.number, m.notice_id limit $3) n on true
order by n.number, n.notice_id

-- name: catch_up
-- $1 persons, $2 and $3 the position of each, $4 how many rows for each at most. The last number; then whose it is (from 1) and what is newer.
select h.number, w.place, n.notice_id, n.number, n.kind, n.section_id, n.subject_id, n.created_at
from (select coalesce(max(c.number), 0) as number from notice_counters c) h
cross join unnest($1::uuid[], $2::bigint[], $3::uuid[]) with ordinality as w (user_id, number, notice_id, place)
left join lateral (
    (select * from notices m where m.user_id = w.user_id and (m.number, m.notice_id) > (w.number, w.notice_id)
     order by m.number, m.notice_id limit $4)
    union all
    (select * from notices m
     where m.section_id = any (array(select e.section_id from enrollments e
                                     where e.user_id = w.user_id and e.role = 'student' and e.status = 'active'))
       and (m.number, m.notice_id) > (w.number, w.notice_id)
     order by m.number, m.notice_id limit $4)
    order by number, notice_id limit $4) n on true
order by w.place, n.number, n.notice_id

-- name: forget_person
-- $1 user.
with seen as (delete from notice_reads where user_id = $1)
delete from notices where user_id = $1

-- name: forget_old
-- $1 from before then, $2 how many at most.
delete from notices where notice_id in (select n.notice_id from notices n where n.created_at < $1 order by n.created_at limit $2)

-- name: read_policy
select version, grade_mails, announcement_mails, changed_at from notice_policies

-- name: change_policy
-- $1 the version seen (0: there was none), $2 mails of grades, $3 of announcements, $4 now. No row: it has another version.
insert into notice_policies as p (version, grade_mails, announcement_mails, changed_at) values ($1::bigint + 1, $2, $3, $4)
on conflict (tenant_id) do update
set version = excluded.version, grade_mails = excluded.grade_mails, announcement_mails = excluded.announcement_mails,
    changed_at = excluded.changed_at
where p.version = $1
returning version

-- name: addresses
-- $1 users.
select u.user_id, u.email from users u where u.user_id = any ($1::uuid[]) and u.status = 'active' and u.email is not null

-- name: students_after
-- $1 section, $2 after this one, $3 how many at most.
select distinct e.user_id from enrollments e
where e.section_id = $1 and e.role = 'student' and e.status = 'active' and e.user_id > $2
order by e.user_id limit $3
