-- Providers, identities, and codes that were used.

-- name: create_provider
-- $1 id, $2 name, $3 preset, $4 enabled, $5 issuer, $6 client, $7 how it shows itself, $8 its sealed secret, $9 settings.
insert into identity_providers (provider_id, name, preset, enabled, issuer, client_id, client_auth, client_secret, settings)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: change_provider
-- The same; $10 the version that was seen. $8 null: the secret stays, unless $7 is none; but it goes to no other issuer.
update identity_providers
set version = version + 1, name = $2, preset = $3, enabled = $4, issuer = $5, client_id = $6, client_auth = $7,
    client_secret = case when $7::text = 'none' then null else coalesce($8::bytea, client_secret) end, settings = $9
where provider_id = $1 and version = $10::bigint
  and ($7::text = 'none' or $8::bytea is not null or client_secret is not null and issuer = $5::text)
returning version

-- name: delete_provider
-- $1 id, $2 the version that was seen.
delete from identity_providers where provider_id = $1 and version = $2::bigint

-- name: list_providers
select provider_id, version, name, preset, enabled, issuer, client_id, client_auth, settings from identity_providers
order by lower(name), provider_id limit 100

-- name: read_provider
select provider_id, version, name, preset, enabled, issuer, client_id, client_auth, settings, client_secret from identity_providers
where provider_id = $1

-- name: find_identity
-- $1 issuer, $2 subject, $3 provider. With what a session needs.
select i.user_id, u.status = 'active',
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = i.user_id and r.status = 'active'),
       greatest((select max(r.epoch) from revocations r where r.user_id = i.user_id),
                (select max(r.epoch) from revocations r where r.user_id is null and r.session_id is null), 0),
       (select min(p.shared_device_minutes) from password_policies p)
from federated_identities i join users u on u.user_id = i.user_id
where i.issuer = $1 and i.subject = $2 and i.provider_id = $3

-- name: link_identity
-- $1 id, $2 provider, $3 issuer, $4 subject, $5 user, $6 how, $7 now. No row: one of the two is linked otherwise.
insert into federated_identities (identity_id, provider_id, issuer, subject, user_id, linked_by, linked_at)
select $1, p.provider_id, $3, $4, u.user_id, $6, $7
from users u, identity_providers p where u.user_id = $5 and u.status = 'active' and p.provider_id = $2
on conflict do nothing
returning identity_id

-- name: users_by_email
-- $1 in lower case. Two, so that it is seen when one is not enough.
select u.user_id from users u where lower(u.email) = $1 and u.status = 'active' limit 2

-- name: users_by_sourced_id
-- Of any source.
select u.user_id from users u where u.sourced_id = $1 and u.status = 'active' limit 2

-- name: users_by_username
-- $1 in its normal form.
select u.user_id from users u where u.username_normal = $1 and u.status = 'active' limit 2

-- name: identities_of
-- $1 user.
select i.identity_id, i.provider_id, p.name, i.subject, i.linked_by, i.linked_at
from federated_identities i join identity_providers p on p.provider_id = i.provider_id
where i.user_id = $1 order by i.linked_at, i.identity_id limit 100

-- name: unlink_identity
-- $1 identity, $2 user. Refused where it is their only way in: no row, though it stands there.
delete from federated_identities i where i.identity_id = $1 and i.user_id = $2
  and (exists (select from credentials c where c.user_id = $2)
       or exists (select from federated_identities o where o.user_id = $2 and o.identity_id <> $1))
returning i.provider_id

-- name: own_identity
select identity_id from federated_identities where identity_id = $1 and user_id = $2

-- name: forget_identities
-- Of who is erased.
delete from federated_identities where user_id = $1

-- name: use_code
-- $1 code, $2 its end. No row: it was used before.
insert into federation_codes (code_id, expires_at) values ($1, $2) on conflict do nothing returning true

-- name: forget_codes
-- $1 those that ended before, $2 how many at most.
delete from federation_codes where code_id in (select code_id from federation_codes where expires_at < $1 limit $2::integer)
