-- What the primary adds to reports: which classes are whose, and names.

-- name: taught_sections
-- $1 a teacher, $2 now: the classes that they teach today.
select distinct e.section_id from enrollments e
where e.user_id = $1 and e.role = 'teacher' and e.status = 'active' and (e.end_date is null or e.end_date > $2::timestamptz::date)
order by e.section_id
limit 1000

-- name: section_exists
-- $1 a section.
select s.section_id from sections s where s.section_id = $1

-- name: section_of_assignment
-- $1 an assignment.
select a.section_id from assignments a where a.assignment_id = $1

-- name: names_of_users
-- $1 users.
select u.user_id, u.given_name, u.family_name from users u where u.user_id = any($1::uuid[])
