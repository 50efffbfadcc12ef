-- name: find_credential
-- $1 the user name in its normal form.
select u.user_id, c.password_hash,
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u join credentials c on c.user_id = u.user_id
where u.username_normal = $1 and u.status = 'active'

-- name: set_password
-- $1 the user name in its normal form, $2 the hash, $3 now.
insert into credentials (user_id, password_hash, changed_at)
select u.user_id, $2, $3 from users u where u.username_normal = $1
on conflict (tenant_id, user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at
returning user_id

-- name: set_password_for_all
-- $1 the hash, $2 now.
insert into credentials (user_id, password_hash, changed_at)
select u.user_id, $1, $2 from users u
on conflict (tenant_id, user_id) do nothing
