-- name: find_credential
-- $1 the user name in its normal form.
select u.user_id, c.password_hash,
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active'),
       greatest((select max(r.epoch) from revocations r where r.user_id = u.user_id),
                (select max(r.epoch) from revocations r where r.user_id is null and r.session_id is null), 0),
       (select min(p.shared_device_minutes) from password_policies p),
       exists (select from second_factors f where f.user_id = u.user_id and f.confirmed_at is not null),
       exists (select from sign_in_policies p where p.staff_second_factor)
from users u join credentials c on c.user_id = u.user_id
where u.username_normal = $1 and u.status = 'active'

-- name: forget_credential
delete from credentials where user_id = $1

-- name: forget_families
delete from refresh_families where user_id = $1

-- name: storm_people
-- Who can sign in by password; $1 how many at most.
select u.user_id, u.username,
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u join credentials c on c.user_id = u.user_id
where u.status = 'active' and u.username is not null order by u.user_id limit $1::integer

-- name: lock_person
-- $1 the user. Whoever changes anything that opens their account does this first.
select user_id from users where user_id = $1 for no key update

-- name: lock_person_by_name
-- The same; $1 the user name in its normal form.
select user_id from users where username_normal = $1 for no key update

-- name: set_password
-- $1 the user name in its normal form, $2 the hash, $3 now.
insert into credentials (user_id, password_hash, changed_at)
select u.user_id, $2, $3 from users u where u.username_normal = $1 for no key update
on conflict (tenant_id, user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at
returning user_id

-- name: set_password_of
-- $1 an active user, $2 the hash, $3 now.
insert into credentials (user_id, password_hash, changed_at)
select u.user_id, $2, $3 from users u where u.user_id = $1 and u.status = 'active' for no key update
on conflict (tenant_id, user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at
returning user_id

-- name: credential_of
-- $1 an active user.
select c.password_hash, c.changed_at from credentials c join users u on u.user_id = c.user_id
where c.user_id = $1 and u.status = 'active'

-- name: set_password_for_all
-- $1 the hash, $2 now.
insert into credentials (user_id, password_hash, changed_at)
select u.user_id, $1, $2 from users u
on conflict (tenant_id, user_id) do nothing

-- name: begin_sessions
-- $1 sessions, $2 their users, $3 devices, $4 ends, $5 begun on shared devices? The moment that counts is the database's.
insert into refresh_families (session_id, user_id, generation, rotated_at, began_at, expires_at, device, shared_device)
select s.session_id, s.user_id, 0, date_trunc('milliseconds', now()), date_trunc('milliseconds', now()), s.expires_at, s.device, s.shared
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::boolean[]) as s (session_id, user_id, device, expires_at, shared)
join users u on u.user_id = s.user_id
on conflict (tenant_id, session_id) do nothing
returning rotated_at

-- name: rotate
-- $1 sessions, each once, $2 their users, $3 the generations shown, $4 their epochs, $5 the families' ends. Moves on what may move on,
-- which is nearly all, and answers for that: its place in the arrays, the moment, and the user's roles. (refresh_family.hpp has the rule.)
update refresh_families f set generation = s.generation + 1, rotated_at = date_trunc('milliseconds', now())
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[])
     with ordinality as s (session_id, user_id, generation, epoch, expires_at, place)
join users u on u.user_id = s.user_id and u.status = 'active'
where f.session_id = s.session_id and f.user_id = s.user_id and f.generation <= s.generation and f.revoked_at is null
  and now() < s.expires_at and s.epoch >= greatest((select max(r.epoch) from revocations r where r.user_id = s.user_id),
      (select max(r.epoch) from revocations r where r.user_id is null and r.session_id is null), 0)
returning s.place, f.rotated_at,
          array_to_string(array(select r.role from user_roles r where r.user_id = f.user_id and r.status = 'active'), ' ')

-- name: look_at_families
-- Why rotate left some alone; parameters as there. Answers with the place in the arrays, what is known of the family, whether the token
-- is revoked, the moment, and the user's roles. "offset 0" keeps lookups by key what they are.
select s.place, f.generation is not null, coalesce(f.generation, 0), coalesce(f.rotated_at, now()),
       coalesce(f.revoked_at is not null or f.user_id <> s.user_id, false),
       u.user_id is null or s.epoch < greatest((select max(r.epoch) from revocations r where r.user_id = s.user_id),
           (select max(r.epoch) from revocations r where r.user_id is null and r.session_id is null), 0),
       date_trunc('milliseconds', now()),
       array_to_string(array(select r.role from user_roles r where r.user_id = s.user_id and r.status = 'active'), ' ')
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[])
     with ordinality as s (session_id, user_id, generation, epoch, expires_at, place)
left join lateral (select * from refresh_families f where f.session_id = s.session_id offset 0) f on true
left join lateral (select u.user_id from users u where u.user_id = s.user_id and u.status = 'active' offset 0) u on true

-- name: revive
-- Families that a failover has lost, as the tokens shown say they were; rotate then goes on from there. Parameters as above, and $6: begun
-- on shared devices? When they began is not known: not later than it can have been.
insert into refresh_families (session_id, user_id, generation, rotated_at, began_at, expires_at, device, shared_device)
select s.session_id, s.user_id, s.generation, date_trunc('milliseconds', now()), least(now(), s.expires_at - interval '30 days'),
       s.expires_at, '', s.shared
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::boolean[])
     as s (session_id, user_id, generation, epoch, expires_at, shared)
join users u on u.user_id = s.user_id and u.status = 'active'
where now() < s.expires_at and s.epoch >= greatest((select max(r.epoch) from revocations r where r.user_id = s.user_id),
    (select max(r.epoch) from revocations r where r.user_id is null and r.session_id is null), 0)
on conflict (tenant_id, session_id) do nothing

-- name: session_device
-- $1 a session that goes on, if it is known: is its device shared, and when does it end?
select shared_device, expires_at from refresh_families where session_id = $1 and revoked_at is null

-- name: session_began_after
-- $1 session, $2 user, $3 not before. Does it go on, and is it that young?
select session_id from refresh_families where session_id = $1 and user_id = $2 and revoked_at is null and began_at >= $3 and expires_at > now()

-- name: list_sessions
-- $1 the user, $2 now.
select session_id, device, began_at, rotated_at, expires_at from refresh_families
where user_id = $1 and revoked_at is null and expires_at > $2
order by rotated_at desc, session_id limit 100

-- name: end_session
-- $1 session, $2 user, $3 when nobody can show it any more. Of somebody else's nothing is written.
insert into refresh_families as f (session_id, user_id, generation, rotated_at, began_at, expires_at, device, revoked_at)
select $1, u.user_id, 0, now(), now(), $3, '', now() from users u where u.user_id = $2
on conflict (tenant_id, session_id) do update set revoked_at = coalesce(f.revoked_at, now()) where f.user_id = excluded.user_id
returning 1

-- name: end_listed_session
-- True: it went on until now. False: it had ended. No row: there is no such session of theirs.
with known as (
    select session_id, revoked_at from refresh_families where session_id = $1 and user_id = $2 for update
), ended as (
    update refresh_families f set revoked_at = now() from known k where f.session_id = k.session_id and k.revoked_at is null
)
select revoked_at is null from known

-- name: end_sessions
update refresh_families set revoked_at = now() where user_id = $1 and revoked_at is null

-- name: forget_sessions
-- $1 how many at most: those that nobody can show any more.
delete from refresh_families where session_id in
    (select session_id from refresh_families where expires_at < now() - interval '1 day'
     order by expires_at limit $1::integer for update skip locked)
