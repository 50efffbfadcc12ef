with asked as (select $1::uuid as tenant_id, $2::uuid as section_id)
select e.user_id, a.section_id, a.assignment_id, a.title, a.due_at, case when c.late then 'late' else 'missing' end as state
from asked join assignments a using (tenant_id)
join enrollments e on e.tenant_id = a.tenant_id and e.section_id = a.section_id and e.role = 'student' and e.status = 'active'
cross join lateral (
    select bool_and(s.late) as late from submissions s
    where s.tenant_id = a.tenant_id and s.user_id = e.user_id and s.assignment_id = a.assignment_id and s.state = 'recorded'
) c
where a.active and a.due_at >= current_date - 27 and a.due_at <= now() and c.late is not false
order by a.due_at desc, a.assignment_id, e.user_id limit 10000
