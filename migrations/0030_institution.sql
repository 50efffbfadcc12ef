-- What an institution's administrators look after: how it looks, and its people by name.
set local role bw_owner;

-- A short name, a colour, a logo. No row: as everybody's.
create table brandings (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid primary key,
    short_name  text check (length(short_name) between 1 and 40),
    accent      integer check (accent between 0 and 16777215), -- red, green, blue: eight bits each
    logo        bytea check (octet_length(logo) <= 65536),
    logo_type   text check (logo_type in ('image/png', 'image/webp')),
    logo_sha256 bytea check (length(logo_sha256) = 32),
    version     bigint not null,
    changed_at  timestamptz not null,
    check ((logo is null) = (logo_type is null) and (logo is null) = (logo_sha256 is null))
);
alter table brandings enable row level security;
alter table brandings force row level security;
create policy tenant on brandings to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update on brandings to bw_app;

-- What is compared and sorted by when somebody looks for a name: without case and accents.
create function public.name_normal(name text) returns text language sql immutable strict parallel safe
return lower(regexp_replace(normalize(name, NFD), '[\u0300-\u036f]', '', 'g'));

-- Kept, because an index on an expression is of no use behind row-level security: only comparisons are known not to leak.
alter table users
    add column family_normal text collate "C" generated always as (left(name_normal(family_name), 100)) stored,
    add column given_normal  text collate "C" generated always as (left(name_normal(given_name), 100)) stored;
create index users_by_family on users (tenant_id, status, family_normal, given_normal, user_id);
create index users_by_given on users (tenant_id, given_normal);
create index sections_by_title on sections (tenant_id, status, title collate "C", section_id);

reset role;
