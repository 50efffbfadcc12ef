-- Roles that the institution gives by itself.

-- name: lock_granted_roles
select pg_advisory_xact_lock(hashtextextended('granted roles ' || current_setting('bw.tenant'), 0))

-- name: make_granting_org
-- $1 its id, should it be unknown.
insert into orgs (org_id, source, sourced_id, name, type) values ($1, 'granted', 'granted', 'The institution', 'district')
on conflict (tenant_id, source, sourced_id) do nothing

-- name: grant_role
-- $1 its id, should it be unknown, $2 its source, $3 its sourced id, $4 the user, $5 the role.
insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type)
select $1, $2, $3, u.user_id, (select o.org_id from orgs o where o.source = 'granted' and o.sourced_id = 'granted' limit 1), $5, 'secondary'
from users u where u.user_id = $4 and u.status = 'active'
on conflict (tenant_id, source, sourced_id) do update set status = 'active'

-- name: withdraw_role
-- $1 the source, $2 the user. A row: they had it.
update user_roles set status = 'inactive' where source = $1 and user_id = $2 and status = 'active'
returning user_role_id

-- name: others_have_role
-- $1 a user, $2 names of roles.
select exists (select from user_roles r join users u on u.user_id = r.user_id
               where r.user_id <> $1 and r.role = any ($2::text[]) and r.status = 'active' and u.status = 'active')
