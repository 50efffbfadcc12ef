with asked as (select $1::uuid as tenant_id, $2::uuid as section_id), first as (
    select s.assignment_id, s.user_id, bool_and(s.late) as late
    from asked join assignments a using (tenant_id, section_id) join submissions s using (tenant_id, assignment_id)
    where s.state = 'recorded' group by s.assignment_id, s.user_id
), told as (
    select distinct on (g.assignment_id, g.user_id) g.assignment_id, g.user_id, g.points * 100.0 / nullif(m.points_max, 0) as percent
    from asked join assignments a using (tenant_id, section_id) join grades g using (tenant_id, assignment_id)
    join marking_schemes m on m.tenant_id = g.tenant_id and m.assignment_id = g.assignment_id and m.version = g.scheme_version
    order by g.assignment_id, g.user_id, g.number desc
)
select e.user_id, a.assignment_id, a.title, a.due_at,
       case when f.late then 'late' when f.user_id is not null then 'handed_in' when a.due_at <= now() then 'missing' else 'open' end as state, t.percent
from asked join assignments a using (tenant_id, section_id)
join enrollments e on e.tenant_id = a.tenant_id and e.section_id = a.section_id and e.role = 'student' and e.status = 'active'
left join first f on f.assignment_id = a.assignment_id and f.user_id = e.user_id
left join told t on t.assignment_id = a.assignment_id and t.user_id = e.user_id
where a.active
order by e.user_id, a.due_at, a.assignment_id limit 10000
