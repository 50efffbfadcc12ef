with asked as (select $1::uuid as tenant_id, $2::uuid as section_id)
select s.submission_id, s.assignment_id, a.section_id, s.user_id, s.received_at, s.recorded_at, s.state, s.late, s.reason
from asked join submissions s using (tenant_id) join assignments a using (tenant_id, assignment_id)
where s.received_at >= current_date - 6
order by s.received_at desc, s.submission_id limit 10000
