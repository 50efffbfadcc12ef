-- Tenants as operators manage them: states, host names, quotas, settings; operator tokens; and the book of what operators did.
set local role bw_owner;

-- Quotas are token buckets: a rate (requests a second) and a burst; null: no quota. `version` is the ETag, `change` the value of
-- control.directory_changes that a process must have seen to know this row. `fenced` is the move's: no new transaction but the recorder's
-- enters. `create_request` is the hash of what was asked for, so that a retry under its Idempotency-Key can be told from another request.
alter table control.tenants
    add column state           text not null default 'active' check (state in ('active', 'suspended')),
    add column fenced          boolean not null default false,
    add column placement       text not null default 'shared' check (placement = 'shared'),
    add column locale          text not null default 'en' check (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$'),
    add column tenant_rate     integer check (tenant_rate between 1 and 1000000),
    add column tenant_burst    integer check (tenant_burst between 1 and 1000000),
    add column principal_rate  integer check (principal_rate between 1 and 1000000),
    add column principal_burst integer check (principal_burst between 1 and 1000000),
    add column version         bigint not null default 1,
    add column change          bigint not null default 0,
    add column changed_at      timestamptz not null default now(),
    add column create_request  bytea,
    add constraint tenants_quotas check ((tenant_rate is null) = (tenant_burst is null) and (principal_rate is null) = (principal_burst is null));
create index tenants_by_change on control.tenants (change);
create policy door_changes on control.tenants for update to bw_door using (true) with check (true);
grant update on control.tenants to bw_door;

-- Every name that leads to an institution, once in the installation. With a dot: a domain of its own. Without: a first label under the
-- installation's base host, which is its slug (always here) or one that it had before.
create table control.tenant_hosts (
    tenant_id uuid not null references control.tenants on delete cascade,
    host      text not null check (length(host) <= 253 and
                                   host ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$'),
    primary key (tenant_id, host),
    constraint tenant_hosts_host_key unique (host)
);
alter table control.tenant_hosts enable row level security;
alter table control.tenant_hosts force row level security;
create policy door_reads on control.tenant_hosts for select to bw_door using (true);
create policy door_provisions on control.tenant_hosts for insert to bw_door with check (true);
create policy door_frees on control.tenant_hosts for delete to bw_door using (true);
grant select, insert, delete on control.tenant_hosts to bw_door;

-- One row. Whoever changes what directories hold takes the next value and keeps the row locked until COMMIT, so values become visible in
-- their order, and a process that has seen n finds everything newer with `change > n`.
create table control.directory_changes (
    one   boolean primary key default true check (one),
    value bigint not null
);
insert into control.directory_changes (value) values (0);
grant select, update on control.directory_changes to bw_door;

-- What an operator shows; only the SHA-256 of its 256 random bits is kept.
create table control.operator_tokens (
    token_id   uuid primary key,
    name       text not null check (length(name) between 1 and 100),
    sha256     bytea not null unique check (length(sha256) = 32),
    created_at timestamptz not null,
    revoked_at timestamptz
);
grant select, insert, update on control.operator_tokens to bw_door;

-- Append-only: what operators did to institutions and to operator tokens, in the transaction that did it. `subject` is an id's uuid.
create table control.operator_events (
    seq     bigint generated always as identity primary key,
    at      timestamptz not null,
    actor   text not null,
    action  text not null,
    subject uuid not null,
    details jsonb not null
);
grant select, insert on control.operator_events to bw_door;

-- ---- the way into a scope ----

-- Sets the tenant for the rest of the transaction. BW001: no such tenant. BW002: its placement has moved on, or is about to. BW004: it is
-- suspended. `recording` is the recorder's, which carries what was acknowledged before a suspension or a fence, so neither stops it.
create function public.scope_enter(tenant uuid, generation bigint, recording boolean default false) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    found_state text;
    admitted boolean;
begin
    select t.state, t.generation = scope_enter.generation and (t.state = 'active' and not t.fenced or recording)
    into found_state, admitted from control.tenants t where t.tenant_id = scope_enter.tenant;
    if admitted then
        found_state := set_config('bw.tenant', tenant::text, true); -- an assignment: cheaper than PERFORM, which is a query
        return;
    end if;
    if found_state is null then
        raise exception 'no such tenant' using errcode = 'BW001';
    elsif found_state = 'suspended' and not recording then
        raise exception 'the tenant is suspended' using errcode = 'BW004';
    end if;
    raise exception 'the placement has moved on' using errcode = 'BW002';
end $$;

-- ---- what every process reads ----

create function control.directory_change() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select value from control.directory_changes
$$;

-- Routing fields of the tenants that changed after `after`; hosts without the slug, with spaces between.
create function control.tenant_directory(after bigint)
returns table (tenant_id uuid, generation bigint, state text, slug text, hosts text, name text, zone text, locale text,
               tenant_rate integer, tenant_burst integer, principal_rate integer, principal_burst integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.tenant_id, t.generation, t.state, t.slug,
           coalesce((select string_agg(h.host, ' ' order by h.host) from control.tenant_hosts h
                     where h.tenant_id = t.tenant_id and h.host <> t.slug), ''),
           t.name, t.zone, t.locale, t.tenant_rate, t.tenant_burst, t.principal_rate, t.principal_burst
    from control.tenants t where t.change > after
$$;

create function control.operator_credentials() returns table (token_id uuid, name text, sha256 bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select token_id, name, sha256 from control.operator_tokens where revoked_at is null
$$;

-- ---- what operators do: for bw_operator alone ----

-- Inside the doors below, as bw_door.
create function control.take_change() returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
    update control.directory_changes set value = value + 1 returning value
$$;

-- BW003: PostgreSQL knows no such zone.
create function control.check_zone(zone text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from pg_timezone_names z where z.name = zone) then
        raise exception 'no such time zone' using errcode = 'BW003';
    end if;
end $$;

-- One tenant, or a page of them in the order of ids, of one state or of any.
create function control.tenant_records(one uuid, after uuid, wanted_state text, items_limit integer)
returns table (tenant_id uuid, state text, slug text, hosts text, name text, zone text, locale text, tenant_rate integer,
               tenant_burst integer, principal_rate integer, principal_burst integer, version bigint, created_at timestamptz,
               changed_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.tenant_id, t.state, t.slug,
           coalesce((select string_agg(h.host, ' ' order by h.host) from control.tenant_hosts h
                     where h.tenant_id = t.tenant_id and h.host <> t.slug), ''),
           t.name, t.zone, t.locale, t.tenant_rate, t.tenant_burst, t.principal_rate, t.principal_burst, t.version, t.created_at,
           t.changed_at
    from control.tenants t
    where (one is null or t.tenant_id = one) and (after is null or t.tenant_id > after)
      and (wanted_state is null or t.state = wanted_state)
    order by t.tenant_id limit items_limit
$$;

-- 'created'; 'replayed' (the same request made it before); 'key_reused' (another request has this id); 'taken' with the host in question.
drop function control.tenant_create(uuid, text, text, text);
create function control.tenant_create(id uuid, slug text, hosts text[], name text, zone text, locale text, tenant_rate integer,
                                      tenant_burst integer, principal_rate integer, principal_burst integer, request bytea, actor text,
                                      at timestamptz, out outcome text, out host text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made_by bytea;
begin
    perform control.check_zone(zone);
    perform from control.directory_changes for update; -- one writer at a time from here on
    select t.create_request into made_by from control.tenants t where t.tenant_id = id;
    if found then
        outcome := case when made_by = request then 'replayed' else 'key_reused' end;
        return;
    end if;
    select h.host into host from control.tenant_hosts h where h.host = any (slug || hosts) order by h.host <> slug, h.host limit 1;
    if found then
        outcome := 'taken';
        return;
    end if;
    insert into control.tenants (tenant_id, slug, name, zone, locale, tenant_rate, tenant_burst, principal_rate, principal_burst, change,
                                 create_request, created_at, changed_at)
    values (id, slug, name, zone, locale, tenant_rate, tenant_burst, principal_rate, principal_burst, control.take_change(), request, at, at);
    insert into control.tenant_hosts (tenant_id, host) select distinct id, unnest(slug || hosts);
    insert into control.operator_events (at, actor, action, subject, details)
    values (at, actor, 'tenant.created', id, jsonb_build_object('slug', slug, 'hosts', hosts));
    outcome := 'created';
end $$;

-- Compare-and-set on the version: 'changed', 'version' (another one is there), 'unknown', or 'taken' with the host in question. Hosts that
-- are not among slug and hosts are freed.
create function control.tenant_change(id uuid, seen bigint, slug text, hosts text[], name text, zone text, locale text,
                                      tenant_rate integer, tenant_burst integer, principal_rate integer, principal_burst integer, actor text,
                                      at timestamptz, out outcome text, out host text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    was control.tenants;
    wanted text[] := slug || hosts;
begin
    perform control.check_zone(zone);
    perform from control.directory_changes for update;
    select * into was from control.tenants t where t.tenant_id = id;
    if not found then
        outcome := 'unknown';
        return;
    end if;
    if was.version <> seen then
        outcome := 'version';
        return;
    end if;
    select h.host into host from control.tenant_hosts h where h.host = any (wanted) and h.tenant_id <> id order by h.host <> slug, h.host limit 1;
    if found then
        outcome := 'taken';
        return;
    end if;
    update control.tenants t
    set slug = tenant_change.slug, name = tenant_change.name, zone = tenant_change.zone, locale = tenant_change.locale,
        tenant_rate = tenant_change.tenant_rate, tenant_burst = tenant_change.tenant_burst,
        principal_rate = tenant_change.principal_rate, principal_burst = tenant_change.principal_burst,
        version = was.version + 1, change = control.take_change(), changed_at = at
    where t.tenant_id = id;
    delete from control.tenant_hosts h where h.tenant_id = id and h.host <> all (wanted);
    insert into control.tenant_hosts (tenant_id, host) select distinct id, unnest(wanted) on conflict on constraint tenant_hosts_pkey do nothing;
    insert into control.operator_events (at, actor, action, subject, details)
    values (at, actor, 'tenant.changed', id,
            jsonb_build_object('version', was.version + 1, 'slug', slug, 'hosts', hosts, 'zone', zone, 'locale', locale,
                               'tenant_quota', array[tenant_rate, tenant_burst], 'principal_quota', array[principal_rate, principal_burst]));
    outcome := 'changed';
end $$;

-- 'changed', 'unchanged', or 'unknown'.
create function control.tenant_set_state(id uuid, wanted text, actor text, at timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    was text;
begin
    perform from control.directory_changes for update;
    select t.state into was from control.tenants t where t.tenant_id = id;
    if not found then
        return 'unknown';
    elsif was = wanted then
        return 'unchanged';
    end if;
    update control.tenants t set state = wanted, version = t.version + 1, change = control.take_change(), changed_at = at
    where t.tenant_id = id;
    insert into control.operator_events (at, actor, action, subject, details)
    values (at, actor, case wanted when 'suspended' then 'tenant.suspended' else 'tenant.resumed' end, id, '{}');
    return 'changed';
end $$;

create function control.operator_token_create(id uuid, name text, sha256 bytea, actor text, at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform control.take_change();
    insert into control.operator_tokens (token_id, name, sha256, created_at) values (id, name, sha256, at);
    insert into control.operator_events (at, actor, action, subject, details)
    values (at, actor, 'operator_token.created', id, jsonb_build_object('name', name));
end $$;

create function control.operator_token_records()
returns table (token_id uuid, name text, created_at timestamptz, revoked_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select token_id, name, created_at, revoked_at from control.operator_tokens order by created_at, token_id
$$;

-- False: there is no such token.
create function control.operator_token_revoke(id uuid, actor text, at timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from control.operator_tokens o where o.token_id = id) then
        return false;
    end if;
    perform control.take_change();
    update control.operator_tokens o set revoked_at = at where o.token_id = id and o.revoked_at is null;
    if found then
        insert into control.operator_events (at, actor, action, subject, details) values (at, actor, 'operator_token.revoked', id, '{}');
    end if;
    return true;
end $$;

-- The newest first, before `before`.
create function control.operator_event_records(before bigint, items_limit integer)
returns table (seq bigint, at timestamptz, actor text, action text, subject uuid, details jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select e.seq, e.at, e.actor, e.action, e.subject, e.details from control.operator_events e
    where before is null or e.seq < before order by e.seq desc limit items_limit
$$;

reset role;

insert into control.tenant_hosts (tenant_id, host) select tenant_id, slug from control.tenants;
update control.tenants set change = 1;
update control.directory_changes set value = 1;

drop function public.scope_enter(uuid, bigint);
drop function control.tenant_directory();

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace in ('public'::regnamespace, 'control'::regnamespace)
          and p.proname in ('scope_enter', 'directory_change', 'tenant_directory', 'operator_credentials', 'take_change', 'check_zone',
                            'tenant_records', 'tenant_create', 'tenant_change', 'tenant_set_state', 'operator_token_create',
                            'operator_token_records', 'operator_token_revoke', 'operator_event_records')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
    end loop;
end $$;
grant execute on function public.scope_enter(uuid, bigint, boolean), control.directory_change(), control.tenant_directory(bigint),
    control.operator_credentials() to bw_app, bw_operator;
grant execute on function control.tenant_records(uuid, uuid, text, integer),
    control.tenant_create(uuid, text, text[], text, text, text, integer, integer, integer, integer, bytea, text, timestamptz),
    control.tenant_change(uuid, bigint, text, text[], text, text, text, integer, integer, integer, integer, text, timestamptz),
    control.tenant_set_state(uuid, text, text, timestamptz), control.operator_token_create(uuid, text, bytea, text, timestamptz),
    control.operator_token_records(), control.operator_token_revoke(uuid, text, timestamptz),
    control.operator_event_records(bigint, integer) to bw_operator;

reset role;
