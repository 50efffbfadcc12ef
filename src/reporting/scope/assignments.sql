-- What is to be handed in, and by when the whole class may. Points are hundredths; NULL: it is not marked.
select a.assignment_id, a.section_id, a.title, greatest(a.due_at, coalesce(x.due_at, a.due_at)) as due_at,
       a.identities_hidden as is_anonymous, s.points_max
from base.assignments a
left join base.extensions x on x.tenant_id = {tenant} and x.assignment_id = a.assignment_id and x.user_id is null and x.revoked_at is null
left join base.marking m on m.tenant_id = {tenant} and m.assignment_id = a.assignment_id
left join base.marking_schemes s on s.tenant_id = {tenant} and s.assignment_id = a.assignment_id and s.version = m.version
where a.tenant_id = {tenant} and a.active and a.withdrawn_at is null and {sections}
