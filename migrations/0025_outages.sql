-- Time that students lost because the platform was away, and what each institution was given back of it.
set local role bw_owner;

-- Until when a service was seen to work, by the database's clock: the latest word of any process that has it.
create table control.service_watch (
    service     text primary key,
    works_until timestamptz not null
);
-- Spans in which no process was seen to have a service, and spans that operators declared. A measured one may still shrink or vanish until
-- `final_at`: another process worked meanwhile and could not say so.
create table control.outages (
    outage_id   uuid primary key,
    service     text not null,
    began_at    timestamptz not null,
    ended_at    timestamptz not null,
    final_at    timestamptz not null,
    reason      text,    -- of a declared one; null: measured
    settled     boolean not null default false, -- every institution was given its time back
    check (began_at < ended_at)
);
create index outages_unsettled on control.outages (final_at) where not settled;
create index outages_by_end on control.outages (ended_at);
grant select, insert, update on control.service_watch to bw_door;
grant select, insert, update, delete on control.outages to bw_door;

-- An institution's part in an outage. `done_at` null: its assignments are being looked at.
create table outages_given_back (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    outage_id uuid not null,
    service   text not null,
    reason    text,
    began_at  timestamptz not null,
    ended_at  timestamptz not null,
    done_at   timestamptz,
    section_extensions bigint not null default 0, -- given: one for an assignment and its whole section
    student_extensions bigint not null default 0, -- one for an assignment and a student who had longer
    primary key (tenant_id, outage_id)
);
create index outages_given_back_by_end on outages_given_back (tenant_id, ended_at, outage_id);
alter table outages_given_back enable row level security;
alter table outages_given_back force row level security;
create policy tenant on outages_given_back to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on outages_given_back for select to bw_door using (true);
grant select, insert, update on outages_given_back to bw_app;
grant select on outages_given_back to bw_door;

-- An extension is given by somebody, or by the platform for an outage; one that another replaces has no revoker then.
alter table extensions
    alter given_by drop not null,
    add outage_id uuid,
    add check ((given_by is null) = (outage_id is not null)),
    drop constraint extensions_check,
    add check (revoked_by is null or revoked_at is not null);
create index extensions_of_outages on extensions (tenant_id, outage_id) where outage_id is not null;

-- ---- doors ----

-- What a process says: these services have worked here for so long, without a break. What was before, since anybody last said so, is an
-- outage if it is `shortest` long or longer.
create function control.outage_beat(services text[], worked interval[], shortest interval, final_after interval) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    since timestamptz;
    last  timestamptz;
    at    timestamptz; -- not now(): the row may have been waited for
begin
    for i in 1 .. cardinality(services) loop
        insert into control.service_watch (service, works_until) values (services[i], now()) on conflict do nothing;
        select w.works_until into last from control.service_watch w where w.service = services[i] for update;
        at := clock_timestamp();
        since := at - worked[i];
        update control.outages o set ended_at = since
        where o.service = services[i] and o.reason is null and o.final_at > at and o.ended_at > since and o.began_at < since;
        delete from control.outages o
        where o.service = services[i] and o.reason is null and o.final_at > at and (o.began_at >= since or o.ended_at - o.began_at < shortest);
        if since - last >= shortest then
            insert into control.outages (outage_id, service, began_at, ended_at, final_at)
            values (gen_random_uuid(), services[i], date_trunc('milliseconds', last), date_trunc('milliseconds', since), at + final_after);
        end if;
        update control.service_watch w set works_until = greatest(w.works_until, at) where w.service = services[i];
    end loop;
end $$;

-- Institutions that an outage has not been settled with, in turn. What was measured to last longer than `longest` waits for an operator, who
-- declares it or not.
create function control.outages_due(longest interval, count_max integer)
returns table (tenant_id uuid, outage_id uuid, service text, reason text, began_at timestamptz, ended_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    o control.outages;
    due bigint;
begin
    for o in
        select * from control.outages u
        where not u.settled and u.final_at <= now() and (u.reason is not null or u.ended_at - u.began_at <= longest)
        order by u.began_at, u.outage_id
    loop
        return query
        select t.tenant_id, o.outage_id, o.service, o.reason, o.began_at, o.ended_at
        from control.tenants t
        where t.state = 'active' and not t.fenced and t.created_at < o.ended_at
          and not exists (select from public.outages_given_back g where g.tenant_id = t.tenant_id and g.outage_id = o.outage_id)
        limit count_max;
        get diagnostics due = row_count;
        if due > 0 then
            return;
        end if;
        -- One that is suspended or being moved is given its time when it is back, if that is soon.
        update control.outages u set settled = true
        where u.outage_id = o.outage_id and (u.ended_at < now() - interval '7 days' or not exists (
            select from control.tenants t where t.created_at < u.ended_at
            and not exists (select from public.outages_given_back g
                            where g.tenant_id = t.tenant_id and g.outage_id = u.outage_id and g.done_at is not null)));
    end loop;
end $$;

-- The latest first, and until when each service was seen to work.
create function control.outage_list(count_max integer)
returns table (outage_id uuid, service text, reason text, began_at timestamptz, ended_at timestamptz, final boolean, settled boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o.outage_id, o.service, o.reason, o.began_at, o.ended_at, o.final_at <= now(), o.settled
    from control.outages o order by o.ended_at desc, o.outage_id limit count_max
$$;
create function control.service_watch_list() returns table (service text, works_until timestamptz, at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select w.service, w.works_until, now() from control.service_watch w order by w.service
$$;

-- 'declared'; or 'future', 'old' (over 30 days ago), 'long' (over 7 days): whoever means those has mistyped. The same id again changes nothing.
create function control.outage_declare(id uuid, began timestamptz, ended timestamptz, why text, actor text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if ended > now() then
        return 'future';
    elsif ended < now() - interval '30 days' then
        return 'old';
    elsif ended - began > interval '7 days' then
        return 'long';
    end if;
    insert into control.outages (outage_id, service, began_at, ended_at, final_at, reason) values (id, 'declared', began, ended, now(), why)
    on conflict do nothing;
    if found then
        insert into control.operator_events (at, actor, action, subject, details)
        values (now(), actor, 'outage.declared', id, jsonb_build_object('began_at', began, 'ended_at', ended, 'reason', why));
    end if;
    return 'declared';
end $$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace
          and p.proname in ('outage_beat', 'outages_due', 'outage_list', 'service_watch_list', 'outage_declare')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
    end loop;
end $$;
grant execute on function control.outage_beat(text[], interval[], interval, interval), control.outages_due(interval, integer) to bw_app;
grant execute on function control.outage_list(integer), control.service_watch_list(),
    control.outage_declare(uuid, timestamptz, timestamptz, text, text) to bw_operator;
