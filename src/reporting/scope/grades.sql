-- The newest grade that each student was told, of assignments that are worth anything. None while it is marked anonymously.
select a.section_id, g.assignment_id, g.user_id, arg_max(g.points * 100.0 / s.points_max, g.number)::double as percent
from ({view assignments}) a join base.grades g on g.tenant_id = {tenant} and g.assignment_id = a.assignment_id
join base.marking_schemes s on s.tenant_id = {tenant} and s.assignment_id = g.assignment_id and s.version = g.scheme_version
where s.points_max > 0 and not a.is_anonymous
group by a.section_id, g.assignment_id, g.user_id
