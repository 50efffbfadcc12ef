-- How an institution looks.

-- name: read_branding
select version, short_name, accent, logo_sha256 from brandings

-- name: change_branding
-- $1 the version seen (0: there was none), $2 short name, $3 accent, $4 now. No row: it has another version.
insert into brandings as b (version, short_name, accent, changed_at)
select $1::bigint + 1, $2::text, $3::integer, $4::timestamptz where $1 = 0 or exists (select from brandings)
on conflict (tenant_id) do update
set version = excluded.version, short_name = excluded.short_name, accent = excluded.accent, changed_at = excluded.changed_at
where b.version = $1
returning version, logo_sha256

-- name: read_logo
select logo, logo_type, logo_sha256 from brandings where logo is not null

-- name: put_logo
-- $1 the picture, $2 is it WebP (else PNG)?, $3 its hash, $4 now.
insert into brandings as b (version, logo, logo_type, logo_sha256, changed_at) 
values (1, $1, case when $2 then 'image/webp' else 'image/png' end, $3, $4)
on conflict (tenant_id) do update
set version = b.version + 1, logo = excluded.logo, logo_type = excluded.logo_type, logo_sha256 = excluded.logo_sha256,
    changed_at = excluded.changed_at
returning version, short_name, accent, logo_sha256

-- name: remove_logo
-- $1 now. No row: there was none.
update brandings set version = version + 1, logo = null, logo_type = null, logo_sha256 = null, changed_at = $1
where logo is not null
returning version
