-- What changed (of all institutions, by a door), and whose pages are prepared.

-- name: changes_since
-- $1 the snapshot that was seen, or null, $2 how many rows at most.
select snapshot, timeline, tenant_id, users, sections, everybody from control.pack_changes_since($1, $2)

-- name: forget_changes
-- $1 a snapshot that everybody has seen.
select control.forget_pack_changes($1)

-- name: students_after
-- $1 after this one, $2 how many at most. With the names of their roles.
select u.user_id, (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u
where u.user_id > $1 and u.status = 'active'
  and exists (select from enrollments e where e.user_id = u.user_id and e.role = 'student' and e.status = 'active')
order by u.user_id limit $2
