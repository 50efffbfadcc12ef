-- People who are in no import.

-- name: make_newcomers_org
insert into orgs (org_id, source, sourced_id, name, type) values ($1, 'federation', 'federation', 'Signed in from elsewhere', 'district')
on conflict (tenant_id, source, sourced_id) do nothing

-- name: add_newcomer
-- $1 id, $2 sourced id, $3 user name, $4 in its normal form, $5 given name, $6 family name, $7 e-mail address.
insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name, email)
values ($1, 'federation', $2, $3, $4, $5, $6, $7)

-- name: add_newcomers_role
-- $1 id, $2 sourced id, $3 user, $4 role.
insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type)
select $1, 'federation', $2, u.user_id, o.org_id, $4, 'primary'
from users u, orgs o where u.user_id = $3 and o.source = 'federation' and o.sourced_id = 'federation'
