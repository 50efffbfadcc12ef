-- What other modules ask about users, enrollments, sections and line items. Dates come as text: YYYY-MM-DD.

-- name: user_by_id
-- $1 user.
select u.user_id, u.username, u.given_name, u.family_name, u.email, u.status = 'active',
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u where u.user_id = $1

-- name: user_by_username
-- $1 the username in its normal form.
select u.user_id, u.username, u.given_name, u.family_name, u.email, u.status = 'active',
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u where u.username_normal = $1

-- name: enrollments_of_user
-- $1 user.
select s.section_id, s.title, s.class_code, s.status = 'active', e.role, e.status = 'active',
       to_char(e.begin_date, 'YYYY-MM-DD'), to_char(e.end_date, 'YYYY-MM-DD')
from enrollments e join sections s on s.section_id = e.section_id
where e.user_id = $1
order by s.section_id, e.enrollment_id

-- name: teaches
-- $1 a teacher, $2 a section or one of its students, $3 now: does the one teach the other today?
select exists (select from enrollments t
               where t.user_id = $1 and t.role = 'teacher' and t.status = 'active' and (t.end_date is null or t.end_date > $3::timestamptz::date)
                 and (t.section_id = $2
                      or exists (select from enrollments s where s.section_id = t.section_id and s.user_id = $2 and s.role = 'student'
                                 and s.status = 'active' and (s.end_date is null or s.end_date > $3::timestamptz::date))))

-- name: place_in_section
-- $1 section, $2 user, $3 now: its title; does the user teach it today, or attend it?
select s.title, coalesce(bool_or(e.role = 'teacher'), false), coalesce(bool_or(e.role = 'student'), false)
from sections s left join enrollments e on e.section_id = s.section_id and e.user_id = $2 and e.status = 'active'
                                           and (e.end_date is null or e.end_date > $3::timestamptz::date)
where s.section_id = $1
group by s.title

-- name: list_sections
-- $1 the last id of the page before (null: none), $2 limit.
select s.section_id, s.title, s.class_code, s.status = 'active'
from sections s where $1::uuid is null or s.section_id > $1
order by s.section_id
limit $2::integer

-- name: section_by_id
-- $1 section.
select s.section_id, s.title, s.class_code, s.status = 'active' from sections s where s.section_id = $1

-- name: line_items_of_section
-- $1 section.
select l.line_item_id, l.section_id, l.title, l.description, to_char(l.due_date, 'YYYY-MM-DD'), l.due_at_given,
       l.points_min::text, l.points_max::text, l.status = 'active'
from line_items l where l.section_id = $1
order by l.title, l.line_item_id
