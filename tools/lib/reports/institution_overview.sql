with asked as (select $1::uuid as tenant_id, $2::uuid as section_id), due as (
    select a.tenant_id, a.section_id, a.assignment_id from asked join assignments a using (tenant_id)
    where a.active and a.due_at >= current_date - 27 and a.due_at <= now()
), came as (
    select s.assignment_id, s.user_id, bool_and(s.late) as late
    from due join submissions s using (tenant_id, assignment_id) where s.state = 'recorded' group by s.assignment_id, s.user_id
), expected as (
    select d.assignment_id, e.user_id from due d
    join enrollments e on e.tenant_id = d.tenant_id and e.section_id = d.section_id and e.role = 'student' and e.status = 'active'
)
select (select count(distinct school_org_id) from asked join sections using (tenant_id)) as schools,
       (select count(*) from asked join sections s using (tenant_id)) as sections,
       (select count(distinct e.user_id) from asked join enrollments e using (tenant_id) where e.role = 'student' and e.status = 'active') as students,
       (select count(distinct e.user_id) from asked join enrollments e using (tenant_id) where e.role = 'teacher' and e.status = 'active') as teachers,
       (select count(*) from due) as assignments_due, count(*) as expected, count(c.user_id) as handed_in, count(*) filter (where not c.late) as on_time,
       count(*) filter (where c.user_id is null) as missing,
       (select count(distinct (g.assignment_id, g.user_id)) from due join grades g using (tenant_id, assignment_id)) as graded,
       (select count(*) from asked join audit_events v using (tenant_id) where v.action = 'session.created' and v.at >= current_date - 27) as sign_ins
from expected e left join came c using (assignment_id, user_id)
