-- All that came in, refused ones too. `user_id` is NULL while the assignment is marked anonymously.
select s.submission_id, s.assignment_id, a.section_id, if(a.identities_hidden, null, s.user_id) as user_id,
       s.state, s.reason, s.received_at, s.recorded_at, s.late, s.kind
from base.submissions s join base.assignments a on a.tenant_id = {tenant} and a.assignment_id = s.assignment_id
where s.tenant_id = {tenant} and {sections}
