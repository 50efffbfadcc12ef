select s.submission_id, s.assignment_id, a.section_id, s.user_id, us(s.received_at), us(s.recorded_at), s.state, s.late, s.reason
from submissions s join assignments a using (tenant_id, assignment_id)
where s.tenant_id = :tenant and (:section::uuid is null or a.section_id = :section::uuid)
  and (s.received_at at time zone :zone)::date between coalesce(:from, :today - 6) and coalesce(:until, :today)
order by s.received_at desc, s.submission_id limit 10000
