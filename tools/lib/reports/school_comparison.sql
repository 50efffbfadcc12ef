with asked as (select $1::uuid as tenant_id, $2::uuid as section_id), due as (
    select a.tenant_id, a.section_id, a.assignment_id from asked join assignments a using (tenant_id)
    where a.active and a.due_at >= current_date - 27 and a.due_at <= now()
), came as (
    select s.assignment_id, s.user_id, bool_and(s.late) as late
    from due join submissions s using (tenant_id, assignment_id) where s.state = 'recorded' group by s.assignment_id, s.user_id
), told as (
    select distinct on (g.assignment_id, g.user_id) g.assignment_id, g.user_id, g.points * 100.0 / nullif(m.points_max, 0) as percent
    from due join grades g using (tenant_id, assignment_id)
    join marking_schemes m on m.tenant_id = g.tenant_id and m.assignment_id = g.assignment_id and m.version = g.scheme_version
    order by g.assignment_id, g.user_id, g.number desc
)
select o.org_id, o.name, count(distinct s.section_id) as sections, count(distinct e.user_id) as students, count(d.assignment_id) as expected,
       100.0 * count(c.user_id) / nullif(count(d.assignment_id), 0) as handed_in_percent, avg(t.percent) as average_percent
from asked join orgs o using (tenant_id) join sections s on s.tenant_id = o.tenant_id and s.school_org_id = o.org_id
left join enrollments e on e.tenant_id = s.tenant_id and e.section_id = s.section_id and e.role = 'student' and e.status = 'active'
left join due d on d.section_id = s.section_id
left join came c on c.assignment_id = d.assignment_id and c.user_id = e.user_id
left join told t on t.assignment_id = d.assignment_id and t.user_id = e.user_id
group by o.org_id, o.name order by o.name, o.org_id
