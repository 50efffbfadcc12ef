-- name: read_factor
-- $1 the user. One row for somebody who is active: the secret, when it was confirmed, codes left, the person's epoch, roles and name, and
-- the time, by which processes whose clocks differ agree.
select f.sealed_secret, f.confirmed_at, (select count(*) from recovery_codes c where c.user_id = u.user_id),
       greatest((select max(r.epoch) from revocations r where r.user_id = u.user_id),
                (select max(r.epoch) from revocations r where r.user_id is null and r.session_id is null), 0),
       coalesce((select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active'), ''),
       u.username, date_trunc('milliseconds', now())
from users u left join second_factors f on f.user_id = u.user_id
where u.user_id = $1 and u.status = 'active'

-- name: begin_factor
-- $1 the user, $2 the secret, $3 now. One that is not confirmed yet makes room; no row: one is.
insert into second_factors as f (user_id, sealed_secret, used_step, created_at) select u.user_id, $2, 0, $3 from users u where u.user_id = $1
on conflict (tenant_id, user_id) do update set sealed_secret = excluded.sealed_secret, used_step = 0, created_at = excluded.created_at
where f.confirmed_at is null
returning 1

-- name: use_step
-- $1 the user, $2 the step, $3 now, $4 the secret that it is a code of. No row: it was used before, here or elsewhere, or another secret
-- was handed out in the meantime.
update second_factors set used_step = $2, confirmed_at = coalesce(confirmed_at, $3)
where user_id = $1 and used_step < $2 and sealed_secret = $4
returning 1

-- name: put_recovery_codes
-- $1 the user, $2 hashes.
insert into recovery_codes (user_id, code_hash) select f.user_id, c.h from second_factors f, unnest($2::bytea[]) as c (h) where f.user_id = $1

-- name: use_recovery_code
-- $1 the user, $2 the hash. No row: there is no such code, or no more.
delete from recovery_codes where user_id = $1 and code_hash = $2 returning 1

-- name: forget_factor
-- $1 the user. Recovery codes go with it.
delete from second_factors where user_id = $1 returning 1
