-- Roles, the control plane, and the one way into a tenant's scope.
--
-- bw_owner owns every table; bw_door owns the few functions that look across tenants; bw_app is what the server signs in as;
-- bw_operator provisions. None of them is a superuser, none may bypass row-level security; the server checks that at start.
-- Roles belong to the whole cluster, so another database may have made them already.
do $$
declare
    wanted record;
begin
    for wanted in
        select * from (values ('bw_owner', 'nologin'), ('bw_door', 'nologin'), ('bw_app', 'login'), ('bw_operator', 'login'))
            as w (name, may)
    loop
        if not exists (select from pg_roles where rolname = wanted.name) then
            begin
                execute format('create role %I %s nosuperuser nocreatedb nocreaterole nobypassrls', wanted.name, wanted.may);
            exception when duplicate_object or unique_violation then
                null; -- made at the same moment from another database
            end;
        end if;
    end loop;
end $$;

revoke create on schema public from public;
grant usage, create on schema public to bw_owner;
grant usage on schema public to bw_app, bw_operator;
create schema control authorization bw_owner;
grant usage on schema control to bw_door, bw_app, bw_operator;

set local role bw_owner;

-- One row an institution. `generation` is its placement's: bumped when the tenant moves, so that a transaction that still
-- believes in the old place is refused.
create table control.tenants (
    tenant_id  uuid primary key,
    slug       text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name       text not null check (length(name) between 1 and 200),
    zone       text not null,
    generation bigint not null default 1,
    created_at timestamptz not null default now()
);
alter table control.tenants enable row level security;
alter table control.tenants force row level security;
create policy door_reads on control.tenants for select to bw_door using (true);
create policy door_provisions on control.tenants for insert to bw_door with check (true);
grant select, insert on control.tenants to bw_door;

-- Doors: SECURITY DEFINER, owned by bw_door, fixed search_path, listed in the catalogue test.

-- Sets the tenant for the rest of the transaction. BW001: no such tenant. BW002: the placement has moved on.
create function public.scope_enter(tenant uuid, generation bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    current bigint;
begin
    select t.generation into current from control.tenants t where t.tenant_id = scope_enter.tenant;
    if current is null then
        raise exception 'no such tenant' using errcode = 'BW001';
    end if;
    if current <> scope_enter.generation then
        raise exception 'the placement has moved on' using errcode = 'BW002';
    end if;
    perform set_config('bw.tenant', scope_enter.tenant::text, true);
end $$;

-- Routing fields of all tenants, for the directory that every process keeps in memory.
create function control.tenant_directory()
returns table (tenant_id uuid, slug text, name text, zone text, generation bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.tenant_id, t.slug, t.name, t.zone, t.generation from control.tenants t order by t.slug
$$;

-- True if made, false if the slug exists. BW003: PostgreSQL knows no such zone.
create function control.tenant_create(tenant_id uuid, slug text, name text, zone text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from pg_timezone_names z where z.name = tenant_create.zone) then
        raise exception 'no such time zone' using errcode = 'BW003';
    end if;
    insert into control.tenants (tenant_id, slug, name, zone)
    values (tenant_create.tenant_id, tenant_create.slug, tenant_create.name, tenant_create.zone)
    on conflict on constraint tenants_slug_key do nothing;
    return found;
end $$;

reset role;
alter function public.scope_enter(uuid, bigint) owner to bw_door;
alter function control.tenant_directory() owner to bw_door;
alter function control.tenant_create(uuid, text, text, text) owner to bw_door;
revoke execute on function public.scope_enter(uuid, bigint), control.tenant_directory(), control.tenant_create(uuid, text, text, text) from public;
grant execute on function public.scope_enter(uuid, bigint), control.tenant_directory() to bw_app, bw_operator;
grant execute on function control.tenant_create(uuid, text, text, text) to bw_operator;
