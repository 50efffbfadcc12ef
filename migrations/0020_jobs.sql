-- Jobs: work that is promised in a transaction and done after it, at least once, in effect once. All its instants are the database's.
set local role bw_owner;

create type job_state as enum ('available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded');

-- Those that have not ended, and the dead letters (discarded).
create table jobs (
    tenant_id    uuid not null default current_setting('bw.tenant')::uuid,
    job_id       uuid not null,
    kind         text not null,
    state        job_state not null check (state not in ('completed', 'cancelled')), -- these are history
    priority     smallint not null,
    due_at       timestamptz not null,
    attempt      smallint not null default 0, -- those begun
    attempts_max smallint not null,
    crashes      smallint not null default 0, -- attempts whose worker was lost
    worker_id    uuid,
    lease_until  timestamptz,
    cancel_asked boolean not null default false,
    unique_key   bytea,
    args         text not null,               -- JSON, ids alone
    envelope     bytea not null,              -- a hash of tenant, id, kind and args
    created_at   timestamptz not null default now(),
    error        text,                        -- the last one
    primary key (tenant_id, job_id),
    check ((state = 'running') = (worker_id is not null and lease_until is not null))
);
create index jobs_by_due on jobs (kind, tenant_id, priority, due_at) where state in ('available', 'scheduled', 'retryable');
create index jobs_by_worker on jobs (worker_id, kind) where state = 'running';
create index jobs_discarded on jobs (tenant_id, job_id) where state = 'discarded';
create unique index jobs_unique on jobs (tenant_id, kind, unique_key) where unique_key is not null and state <> 'discarded';
alter table jobs enable row level security;
alter table jobs force row level security;
create policy tenant on jobs to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on jobs for select to bw_door using (true);
create policy door_routes on jobs for update to bw_door using (true) with check (true);
grant select, insert, update, delete on jobs to bw_app;
grant select, update (state, due_at, attempt, crashes, worker_id, lease_until, error) on jobs to bw_door;

-- What has ended, by the day of its end modulo 16: a day is forgotten by emptying its table.
create table job_history (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    job_id     uuid not null,
    ring       smallint not null default floor(extract(epoch from now()) / 86400)::integer % 16,
    kind       text not null,
    state      job_state not null,
    attempt    smallint not null,
    created_at timestamptz not null,
    ended_at   timestamptz not null default now(),
    error      text,
    primary key (tenant_id, job_id, ring)
) partition by list (ring);
alter table job_history enable row level security;
alter table job_history force row level security;
create policy tenant on job_history to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert on job_history to bw_app;
do $$
begin
    for day in 0..15 loop
        execute format('create table job_history_%s partition of job_history for values in (%s)', day, day);
        execute format('alter table job_history_%s enable row level security', day);
        execute format('alter table job_history_%s force row level security', day);
        execute format('create policy tenant on job_history_%s to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', day);
        execute format('create policy door_reads on job_history_%s for select to bw_door using (true)', day);
        execute format('grant select, truncate on job_history_%s to bw_door', day);
    end loop;
end $$;

-- When an institution's recurring job is enqueued next.
create table job_schedules (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    kind      text not null,
    next_at   timestamptz not null,
    primary key (tenant_id, kind)
);
alter table job_schedules enable row level security;
alter table job_schedules force row level security;
create policy tenant on job_schedules to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on job_schedules for select to bw_door using (true);
grant select, insert, update on job_schedules to bw_app;
grant select on job_schedules to bw_door;

-- Who holds jobs: a process, as long as it says so. One whose time is over has lost them.
create table control.job_workers (
    worker_id  uuid primary key,
    name       text not null,
    beat_until timestamptz not null
);
-- What live workers complete a second, by kind.
create table control.job_rates (
    worker_id  uuid not null references control.job_workers (worker_id) on delete cascade,
    kind       text not null,
    per_second double precision not null,
    primary key (worker_id, kind)
);
-- What operators decided about a kind: a row where they did.
create table control.job_kinds (
    kind        text primary key,
    paused      boolean not null,
    concurrency integer check (concurrency > 0) -- running at once in all workers; null: as many as there are threads
);
grant select, insert, update, delete on control.job_workers, control.job_rates to bw_door;
grant select, insert, update, delete on control.job_kinds to bw_door;

-- ---- doors ----

-- A worker is there, for `lease` from now. False: it was given up meanwhile, and what it held is others'.
create function control.job_beat(worker uuid, worker_name text, lease interval, begins boolean, kinds text[], rates double precision[])
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if begins then
        insert into control.job_workers (worker_id, name, beat_until) values (worker, worker_name, now() + lease);
    else
        update control.job_workers w set beat_until = now() + lease where w.worker_id = worker;
        if not found then
            return false;
        end if;
    end if;
    insert into control.job_rates (worker_id, kind, per_second)
    select worker, r.kind, r.rate from unnest(kinds, rates) as r (kind, rate)
    on conflict (worker_id, kind) do update set per_second = excluded.per_second;
    return true;
end $$;

-- Jobs for `worker`: of the first of `kinds` that has any due, at most its `batch`, at most `each` of one institution, beginning with the
-- institution behind `after`. Those whose worker was lost before come alone.
create function control.job_claim(worker uuid, kinds text[], batches integer[], leases interval[], each integer, after uuid,
                                  priority_max integer)
returns table (tenant_id uuid, job_id uuid, kind text) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    k          text;
    wanted     integer;
    decided    control.job_kinds;
    suspects   boolean;
begin
    perform set_config('synchronous_commit', 'off', true); -- a claim that is lost was none: the attempt's number tells
    if not exists (select from control.job_workers w where w.worker_id = worker and w.beat_until > now()) then
        return; -- given up: it must begin again
    end if;
    for i in 1 .. cardinality(kinds) loop
        k := kinds[i];
        wanted := batches[i];
        select * into decided from control.job_kinds d where d.kind = k;
        continue when decided.paused;
        if decided.concurrency is not null then
            perform from control.job_kinds d where d.kind = k for update; -- claims of this kind one after another
            wanted := least(wanted, decided.concurrency - (select count(*) from control.job_workers w
                join public.jobs j on j.worker_id = w.worker_id and j.kind = k and j.state = 'running'));
            continue when wanted <= 0;
        end if;
        foreach suspects in array array[false, true] loop
            return query
            with recursive tenant as (
                (select j.tenant_id from public.jobs j
                 where j.kind = k and j.state in ('available', 'scheduled', 'retryable') order by j.tenant_id limit 1)
                union all
                select (select j.tenant_id from public.jobs j
                        where j.kind = k and j.state in ('available', 'scheduled', 'retryable') and j.tenant_id > t.tenant_id
                        order by j.tenant_id limit 1)
                from tenant t where t.tenant_id is not null
            ), turn as materialized (
                select t.tenant_id from tenant t join control.tenants c on c.tenant_id = t.tenant_id
                where c.state = 'active' and not c.fenced
                order by t.tenant_id <= after, t.tenant_id
            ), due as (
                select d.tenant_id, d.job_id
                from turn t
                cross join lateral (
                    select j.tenant_id, j.job_id
                    from generate_series(0, priority_max) as p (priority)
                    cross join lateral (
                        select n.tenant_id, n.job_id from public.jobs n
                        where n.kind = k and n.tenant_id = t.tenant_id and n.priority = p.priority
                          and n.state in ('available', 'scheduled', 'retryable') and n.due_at <= now()
                          and (n.crashes > 0) = suspects
                        order by n.due_at limit each for update skip locked
                    ) j limit each
                ) d limit case when suspects then 1 else wanted end
            )
            update public.jobs j
            set state = 'running', worker_id = worker, attempt = j.attempt + 1, lease_until = now() + leases[i]
            from due where j.tenant_id = due.tenant_id and j.job_id = due.job_id
            returning j.tenant_id, j.job_id, j.kind;
            if found then
                return;
            end if;
        end loop;
    end loop;
end $$;

-- Claimed and not begun: due again after `delay`, the attempt not counted.
create function control.job_release(worker uuid, tenants uuid[], job_ids uuid[], delay interval) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update public.jobs j
    set state = 'scheduled', worker_id = null, lease_until = null, attempt = j.attempt - 1, due_at = now() + delay
    from unnest(tenants, job_ids) as r (tenant_id, job_id)
    where j.tenant_id = r.tenant_id and j.job_id = r.job_id and j.worker_id = worker and j.state = 'running'
$$;

-- Whose worker is lost, or whose lease is over, is due again; what lost `crashes_max` workers, or has no attempt left, is discarded.
create function control.job_rescue(crashes_max integer) returns table (tenant_id uuid, job_id uuid, kind text, state text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    with lost as (
        select j.tenant_id, j.job_id, w.worker_id is null or w.beat_until <= now() as died
        from public.jobs j left join control.job_workers w on w.worker_id = j.worker_id
        where j.state = 'running' and (w.worker_id is null or w.beat_until <= now() or j.lease_until <= now())
        for update of j skip locked
    )
    update public.jobs j
    set state = (case when j.crashes + 1 >= crashes_max or j.attempt >= j.attempts_max then 'discarded' else 'retryable' end)::public.job_state,
        crashes = j.crashes + 1, worker_id = null, lease_until = null, due_at = now(),
        error = case when j.crashes + 1 >= crashes_max then 'quarantined: ' || j.crashes + 1 || ' attempts took their worker along, or their time'
                     when l.died then 'the worker was lost' else 'the lease was over' end
    from lost l where j.tenant_id = l.tenant_id and j.job_id = l.job_id
    returning j.tenant_id, j.job_id, j.kind, j.state::text;
    delete from control.job_workers w
    where w.beat_until <= now() and not exists (select from public.jobs j where j.worker_id = w.worker_id and j.state = 'running');
end $$;

-- Which of a worker's jobs somebody wants ended.
create function control.job_cancels(worker uuid) returns table (tenant_id uuid, job_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select j.tenant_id, j.job_id from public.jobs j where j.worker_id = worker and j.state = 'running' and j.cancel_asked
$$;

-- Institutions whose recurring job of a kind is to be enqueued.
create function control.job_schedules_due(kinds text[], count_max integer) returns table (tenant_id uuid, kind text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.tenant_id, k.kind
    from control.tenants t cross join unnest(kinds) as k (kind)
    left join public.job_schedules s on s.tenant_id = t.tenant_id and s.kind = k.kind
    where t.state = 'active' and not t.fenced and (s.next_at is null or s.next_at <= now())
    limit count_max
$$;

-- How much waits, by kind: due by now (counted up to 100,000), since when the oldest, and what is completed a second. The last columns are
-- what operators decided.
create function control.job_backlog()
returns table (kind text, waiting bigint, oldest_due timestamptz, at timestamptz, running bigint, per_second double precision, paused boolean,
               concurrency integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with recursive of_kind as (
        (select j.kind from public.jobs j where j.state in ('available', 'scheduled', 'retryable') order by j.kind limit 1)
        union all
        select (select j.kind from public.jobs j where j.state in ('available', 'scheduled', 'retryable') and j.kind > k.kind
                order by j.kind limit 1)
        from of_kind k where k.kind is not null
    ), waiting as (
        select k.kind, count(d.due_at) as jobs, min(d.due_at) as oldest
        from of_kind k
        cross join lateral (select j.due_at from public.jobs j
                            where j.kind = k.kind and j.state in ('available', 'scheduled', 'retryable') and j.due_at <= now()
                            limit 100000) d
        group by k.kind
    ), running as (
        select j.kind, count(*) as jobs from control.job_workers w join public.jobs j on j.worker_id = w.worker_id and j.state = 'running'
        group by j.kind
    ), rates as (
        select r.kind, sum(r.per_second) as per_second from control.job_rates r join control.job_workers w on w.worker_id = r.worker_id
        where w.beat_until > now() group by r.kind
    )
    select k.kind, coalesce(w.jobs, 0), w.oldest, now(), coalesce(n.jobs, 0), coalesce(r.per_second, 0), coalesce(d.paused, false),
           d.concurrency
    from (select kind from waiting union select kind from running union select kind from rates union select kind from control.job_kinds) k
    left join waiting w on w.kind = k.kind left join running n on n.kind = k.kind left join rates r on r.kind = k.kind
    left join control.job_kinds d on d.kind = k.kind
    order by k.kind
$$;

-- An operator's decision about a kind; neither paused nor limited: none.
create function control.job_decide(of_kind text, pause boolean, at_once integer) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from control.job_kinds k where k.kind = of_kind and not pause and at_once is null;
    insert into control.job_kinds (kind, paused, concurrency) select of_kind, pause, at_once where pause or at_once is not null
    on conflict (kind) do update set paused = excluded.paused, concurrency = excluded.concurrency
$$;

-- Empties the table of the day that begins next, whose rows are 15 days old. True if there were any.
create function control.job_forget() returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    next text := format('public.job_history_%s', (floor(extract(epoch from now()) / 86400)::integer + 1) % 16);
    any_rows boolean;
begin
    execute format('select exists (select from %s)', next) into any_rows;
    if any_rows then
        execute format('truncate %s', next);
    end if;
    return any_rows;
end $$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace
          and p.proname in ('job_beat', 'job_claim', 'job_release', 'job_rescue', 'job_cancels', 'job_schedules_due', 'job_backlog',
                            'job_decide', 'job_forget')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
        execute format('grant execute on function %s to bw_app', door);
    end loop;
end $$;
