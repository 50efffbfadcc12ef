-- Of single students, as they stand.
select x.assignment_id, a.section_id, x.user_id, x.due_at
from base.extensions x join base.assignments a on a.tenant_id = {tenant} and a.assignment_id = x.assignment_id
where x.tenant_id = {tenant} and x.user_id is not null and x.revoked_at is null and {sections}
