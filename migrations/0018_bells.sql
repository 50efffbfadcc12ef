-- Bells: moments at which many of an institution will want to be signed in, so that renewals are steered ahead of them.
drop function control.tenant_directory(bigint); -- made anew below, with one column more
set local role bw_owner;

create table bells (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    bell_id       uuid not null,
    starts_at     timestamptz not null,
    lasts_seconds integer not null check (lasts_seconds between 0 and 14400),
    primary key (tenant_id, bell_id),
    unique (tenant_id, starts_at)
);
alter table bells enable row level security;
alter table bells force row level security;
create policy tenant on bells to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on bells for select to bw_door using (true);
grant select, insert, update, delete on bells to bw_app;
grant select on bells to bw_door;

-- Every process hears of the scope's bells with its next look at the directory. At the end of the transaction that changed them: it keeps
-- the counter locked until COMMIT.
create function control.announce_bells() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update control.tenants t set change = control.take_change() where t.tenant_id = current_setting('bw.tenant')::uuid
$$;

-- As before, and the bells that are not over, as "at+lasts" in milliseconds with spaces between.
create function control.tenant_directory(after bigint)
returns table (tenant_id uuid, generation bigint, state text, slug text, hosts text, name text, zone text, locale text,
               tenant_rate integer, tenant_burst integer, principal_rate integer, principal_burst integer, bells text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.tenant_id, t.generation, t.state, t.slug,
           coalesce((select string_agg(h.host, ' ' order by h.host) from control.tenant_hosts h
                     where h.tenant_id = t.tenant_id and h.host <> t.slug), ''),
           t.name, t.zone, t.locale, t.tenant_rate, t.tenant_burst, t.principal_rate, t.principal_burst,
           coalesce((select string_agg((extract(epoch from b.starts_at) * 1000)::bigint || '+' || b.lasts_seconds * 1000, ' ' order by b.starts_at)
                     from public.bells b
                     where b.tenant_id = t.tenant_id and b.starts_at > now() - interval '1 hour' - make_interval(secs => b.lasts_seconds)), '')
    from control.tenants t where t.change > after
$$;

reset role;

do $$
declare
    door regprocedure;
begin
    foreach door in array array['control.announce_bells()'::regprocedure, 'control.tenant_directory(bigint)'::regprocedure]
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
    end loop;
end $$;
grant execute on function control.announce_bells() to bw_app;
grant execute on function control.tenant_directory(bigint) to bw_app, bw_operator;
