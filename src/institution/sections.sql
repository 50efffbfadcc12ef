-- Sections and who is in them.

-- name: own_sections
-- $1 the user, $2 now: those that they are in today, by title.
select s.section_id, s.title, coalesce(s.class_code, ''), c.title, bool_or(e.role = 'teacher'), bool_or(e.role = 'student')
from enrollments e join sections s on s.section_id = e.section_id join courses c on c.course_id = s.course_id
where e.user_id = $1 and e.status = 'active' and s.status = 'active' and e.role in ('teacher', 'student')
  and (e.end_date is null or e.end_date > $2::timestamptz::date)
group by s.section_id, s.title, s.class_code, c.title
order by s.title collate "C", s.section_id
limit 500

-- name: active_sections
-- By title. $1 the last of the page before (null: none), $2 limit, $3 a user, $4 now: what they are in it.
select s.section_id, s.title, coalesce(s.class_code, ''), c.title, coalesce(bool_or(e.role = 'teacher'), false),
       coalesce(bool_or(e.role = 'student'), false)
from (select * from sections a
      where a.status = 'active'
        and ($1::uuid is null or (a.title collate "C", a.section_id) >
             (select p.title collate "C", p.section_id from sections p where p.section_id = $1))
      order by a.title collate "C", a.section_id limit $2::bigint) s
join courses c on c.course_id = s.course_id
left join enrollments e on e.section_id = s.section_id and e.user_id = $3 and e.status = 'active'
     and (e.end_date is null or e.end_date > $4::timestamptz::date)
group by s.section_id, s.title, s.class_code, c.title
order by s.title collate "C", s.section_id

-- name: section_details
-- $1 the section, $2 now: its course and school, how many teach and attend it today.
select s.title, coalesce(s.class_code, ''), coalesce(s.location, ''), c.title, o.name, s.status = 'active',
       (select count(distinct e.user_id) from enrollments e join users u on u.user_id = e.user_id and u.status = 'active'
        where e.section_id = s.section_id and e.role = 'teacher' and e.status = 'active'
          and (e.end_date is null or e.end_date > $2::timestamptz::date)),
       (select count(distinct e.user_id) from enrollments e join users u on u.user_id = e.user_id and u.status = 'active'
        where e.section_id = s.section_id and e.role = 'student' and e.status = 'active'
          and (e.end_date is null or e.end_date > $2::timestamptz::date))
from sections s join courses c on c.course_id = s.course_id join orgs o on o.org_id = s.school_org_id
where s.section_id = $1

-- name: terms_of_section
-- $1 the section.
select a.title, to_char(a.start_date, 'YYYY-MM-DD'), to_char(a.end_date, 'YYYY-MM-DD')
from section_terms t join academic_sessions a on a.academic_session_id = t.academic_session_id
where t.section_id = $1
order by a.start_date, a.end_date, a.title

-- name: people_of_section
-- By name: who is in it today. $1 the section, $2 teachers alone?, $3 the last of the page before (null: none), $4 limit, $5 now.
select u.user_id, u.username, u.given_name, u.family_name, bool_or(e.role = 'teacher'), bool_or(e.role = 'student')
from enrollments e join users u on u.user_id = e.user_id
where e.section_id = $1 and e.status = 'active' and u.status = 'active' and (e.end_date is null or e.end_date > $5::timestamptz::date)
  and (e.role = 'teacher' or e.role = 'student' and not $2::boolean)
  and ($3::uuid is null or (u.family_normal, u.given_normal, u.user_id) >
       (select p.family_normal, p.given_normal, p.user_id from users p where p.user_id = $3))
group by u.user_id, u.username, u.given_name, u.family_name, u.family_normal, u.given_normal
order by u.family_normal, u.given_normal, u.user_id
limit $4::bigint
