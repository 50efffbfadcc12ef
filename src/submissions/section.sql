-- What is due in a section.

-- name: due_in_section
-- $1 section, $2 user: what was granted to them, or to all, as students; $3 limit. The last due first.
select a.assignment_id, a.title, a.kind, greatest(a.due_at, x.due_at), a.opens_at
from assignments a
cross join lateral (select max(e.due_at) as due_at from extensions e
                    where e.assignment_id = a.assignment_id and (e.user_id = $2 or e.user_id is null) and e.revoked_at is null
                      and exists (select from enrollments n where n.user_id = $2 and n.section_id = a.section_id and n.role = 'student'
                                    and n.status = 'active')) x
where a.section_id = $1 and a.active
order by 4 desc, a.assignment_id desc limit $3
