-- Sessions: refresh families, and the revocation epochs that end tokens before they expire.
set local role bw_owner;

-- What ended early, numbered by the database's epochs: one session's tokens, everything of a person, or (neither) of the institution. A
-- token carries the epoch that its person had when they proved who they are, and holds while nothing newer ends it. No foreign keys:
-- whoever is erased stays signed out.
create table revocations (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    epoch      bigint not null,
    user_id    uuid,
    session_id uuid,
    at         timestamptz not null,
    primary key (tenant_id, epoch),
    check (user_id is null or session_id is null)
);
create index revocations_of_users on revocations (tenant_id, user_id, epoch);
create index revocations_by_epoch on revocations (epoch);
alter table revocations enable row level security;
alter table revocations force row level security;
create policy tenant on revocations to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on revocations for select to bw_door using (true);
create policy door_forgets on revocations for delete to bw_door using (true);
grant select, insert on revocations to bw_app;
grant select, delete on revocations to bw_door;

-- One row. Whoever takes an epoch keeps it locked until COMMIT, so epochs become visible in their order.
create table control.revocation_epoch (
    one   boolean primary key default true check (one),
    value bigint not null
);
insert into control.revocation_epoch (value) values (0);
grant select, update on control.revocation_epoch to bw_door;

-- Which epoch each server process has seen, and when it last said so.
create table control.processes (
    process_id uuid primary key,
    seen_epoch bigint not null,
    seen_at    timestamptz not null
);
grant select, insert, update, delete on control.processes to bw_door;

-- A sign-in and the refresh tokens that follow from it. Only the newest generation is known; the tokens themselves are derived under a
-- key that the database does not have. The row of one that was ended stays until it would have expired: a tombstone.
create table refresh_families (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    session_id uuid not null,
    user_id    uuid not null,
    generation bigint not null check (generation >= 0),
    rotated_at timestamptz not null,
    began_at   timestamptz not null,
    expires_at timestamptz not null,
    device     text not null check (length(device) <= 200),
    revoked_at timestamptz,
    primary key (tenant_id, session_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id) on delete cascade
) with (fillfactor = 80); -- a rotation rewrites its row in place
create index refresh_families_of_users on refresh_families (tenant_id, user_id);
alter table refresh_families enable row level security;
alter table refresh_families force row level security;
create policy tenant on refresh_families to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update, delete on refresh_families to bw_app;
grant delete on credentials to bw_app; -- of who is erased

-- ---- doors ----

create function control.take_revocation_epoch() returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select pg_notify('bw_revocations', '');
    update control.revocation_epoch set value = value + 1 returning value
$$;

-- After a failover that lost commits: no epoch is given twice.
create function control.raise_revocation_epoch(at_least bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update control.revocation_epoch set value = at_least where value < at_least
$$;

create function control.revocations_after(after bigint)
returns table (tenant_id uuid, user_id uuid, session_id uuid, epoch bigint, at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.tenant_id, r.user_id, r.session_id, r.epoch, r.at from public.revocations r where r.epoch > after order by r.epoch
$$;

-- A process says how far it has seen, and hears how far there is anything, on which timeline, and what all live processes have seen. One
-- that has said nothing for 2 s does not count: it knows so itself. Nobody waits for the disk.
create function control.confirm_revocations(process uuid, seen bigint, out latest bigint, out timeline bigint, out confirmed bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    insert into control.processes (process_id, seen_epoch, seen_at) values (process, seen, clock_timestamp())
    on conflict (process_id) do update set seen_epoch = excluded.seen_epoch, seen_at = excluded.seen_at;
    delete from control.processes p where p.seen_at < clock_timestamp() - interval '1 minute';
    select e.value into latest from control.revocation_epoch e;
    select min(p.seen_epoch) into confirmed from control.processes p where p.seen_at > clock_timestamp() - interval '2 seconds';
    timeline := ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint;
end $$;

create function control.leave_revocations(process uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from control.processes p where p.process_id = process
$$;

-- What has ended all that it could end.
create function control.forget_revocations(before timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from public.revocations r where r.at < before
$$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace
          and p.proname in ('take_revocation_epoch', 'raise_revocation_epoch', 'revocations_after', 'confirm_revocations',
                            'leave_revocations', 'forget_revocations')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
        execute format('grant execute on function %s to bw_app', door);
    end loop;
end $$;
grant usage on schema public to bw_door;
