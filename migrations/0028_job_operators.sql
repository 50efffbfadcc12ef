-- Jobs: who lost a worker does not starve, what no thread holds is found, and what operators see and do over all institutions.
set local role bw_owner;

create index jobs_suspects on jobs (kind, due_at) where crashes > 0 and state in ('available', 'scheduled', 'retryable');
grant update (attempts_max, cancel_asked) on jobs to bw_door;

drop function control.job_claim(uuid, text[], integer[], interval[], integer, uuid, integer), control.job_cancels(uuid),
    control.job_decide(text, boolean, integer);

-- ---- workers' doors ----

-- Jobs for `worker`: of the first of `kinds` that has any due, at most its `batch`, at most `each` of one institution, beginning with the
-- institution behind `after`. Those whose worker was lost before come alone, the longest due of them, if nothing else of their kind is due;
-- with `suspects_first` before all others.
create function control.job_claim(worker uuid, kinds text[], batches integer[], leases interval[], each integer, after uuid,
                                  priority_max integer, suspects_first boolean default false)
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
        foreach suspects in array array[suspects_first, not suspects_first] loop
            if suspects then
                return query
                with due as (
                    select s.tenant_id, s.job_id
                    from public.jobs s join control.tenants c on c.tenant_id = s.tenant_id
                    where s.kind = k and s.crashes > 0 and s.state in ('available', 'scheduled', 'retryable') and s.due_at <= now()
                      and s.priority <= priority_max and c.state = 'active' and not c.fenced
                    order by s.due_at limit 1 for update of s skip locked
                )
                update public.jobs j
                set state = 'running', worker_id = worker, attempt = j.attempt + 1, lease_until = now() + leases[i]
                from due where j.tenant_id = due.tenant_id and j.job_id = due.job_id
                returning j.tenant_id, j.job_id, j.kind;
            else
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
                              and n.state in ('available', 'scheduled', 'retryable') and n.due_at <= now() and n.crashes = 0
                            order by n.due_at limit each for update skip locked
                        ) j limit each
                    ) d limit wanted
                )
                update public.jobs j
                set state = 'running', worker_id = worker, attempt = j.attempt + 1, lease_until = now() + leases[i]
                from due where j.tenant_id = due.tenant_id and j.job_id = due.job_id
                returning j.tenant_id, j.job_id, j.kind;
            end if;
            if found then
                return;
            end if;
        end loop;
    end loop;
end $$;

-- What a worker has, as far as the database knows; and which of it somebody wants ended.
create function control.job_held(worker uuid) returns table (tenant_id uuid, job_id uuid, lease_until timestamptz, cancel_asked boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select j.tenant_id, j.job_id, j.lease_until, j.cancel_asked from public.jobs j where j.worker_id = worker and j.state = 'running'
$$;

-- ---- operators' doors ----

-- An operator's decision about a kind: `pause` null, or not `limits`: that part stays as it is. False: neither a job that waits nor a live
-- worker knows the kind.
create function control.job_decide(of_kind text, pause boolean, limits boolean, at_once integer, actor text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    decided control.job_kinds;
begin
    if not exists (select from control.job_kinds k where k.kind = of_kind)
       and not exists (select from control.job_rates r where r.kind = of_kind)
       and not exists (select from public.jobs j where j.kind = of_kind and j.state in ('available', 'scheduled', 'retryable')) then
        return false;
    end if;
    insert into control.job_kinds as k (kind, paused, concurrency) values (of_kind, coalesce(pause, false), at_once)
    on conflict (kind) do update
    set paused = coalesce(pause, k.paused), concurrency = case when limits then at_once else k.concurrency end
    returning * into decided;
    delete from control.job_kinds k where k.kind = of_kind and not k.paused and k.concurrency is null; -- as without a decision
    insert into control.operator_events (at, actor, action, subject, details)
    values (now(), actor, 'job_kind.decided', '00000000-0000-0000-0000-000000000000',
            jsonb_build_object('kind', of_kind, 'paused', decided.paused, 'at_once', decided.concurrency));
    return true;
end $$;

-- The backlog by kind, and dead letters, counted up to 100,000.
create function control.job_overview()
returns table (kind text, waiting bigint, oldest_due timestamptz, at timestamptz, running bigint, per_second double precision, paused boolean,
               concurrency integer, dead bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with dead as (
        select d.kind, count(*) as jobs from (select j.kind from public.jobs j where j.state = 'discarded' limit 100000) d group by d.kind
    )
    select coalesce(b.kind, d.kind), coalesce(b.waiting, 0), b.oldest_due, now(), coalesce(b.running, 0), coalesce(b.per_second, 0),
           coalesce(b.paused, false), b.concurrency, coalesce(d.jobs, 0)
    from control.job_backlog() b full join dead d on d.kind = b.kind order by 1
$$;

-- Live workers, and how many jobs each has.
create function control.job_worker_list(count_max integer) returns table (worker_id uuid, name text, running bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select w.worker_id, w.name,
           (select count(*) from public.jobs j where j.worker_id = w.worker_id and j.state = 'running')
    from control.job_workers w where w.beat_until > now() order by w.name, w.worker_id limit count_max
$$;

-- Dead letters by institution, kind and reason, the most frequent first; the last columns: how many there are, and reasons, in all (of the
-- first 200,000). Null: of all.
create function control.dead_letters(of_tenant uuid, of_kind text, count_max integer)
returns table (tenant_id uuid, kind text, error text, jobs bigint, oldest timestamptz, all_jobs bigint, all_reasons bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with reason as (
        select d.tenant_id, d.kind, coalesce(d.error, '') as error, count(*) as jobs, min(d.created_at) as oldest
        from (select j.tenant_id, j.kind, j.error, j.created_at from public.jobs j
              where j.state = 'discarded' and (of_tenant is null or j.tenant_id = of_tenant) and (of_kind is null or j.kind = of_kind)
              limit 200000) d
        group by d.tenant_id, d.kind, coalesce(d.error, '')
    )
    select r.tenant_id, r.kind, r.error, r.jobs, r.oldest, (sum(r.jobs) over ())::bigint, count(*) over ()
    from reason r order by r.jobs desc, r.tenant_id, r.kind, r.error limit count_max
$$;

-- An institution's dead letters come back, the oldest first, at most `jobs_max`, one every `apart`; as when its own people bring them back:
-- with as many attempts more as they had, ten at most, and none whose unique key another job has. `matching`: how many there were.
create function control.dead_letters_redrive(of_tenant uuid, of_kind text, error_begins text, jobs_max integer, apart interval,
                                             dry_run boolean, actor text)
returns table (matching bigint, job_id uuid) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    found_in_all bigint;
    chosen uuid[];
    changed bigint;
begin
    select count(*) into found_in_all from public.jobs j
    where j.tenant_id = of_tenant and j.state = 'discarded' and (of_kind is null or j.kind = of_kind)
      and (error_begins is null or starts_with(j.error, error_begins));
    chosen := array(
        with match as materialized (
            select j.job_id, j.kind, j.unique_key from public.jobs j
            where j.tenant_id = of_tenant and j.state = 'discarded' and (of_kind is null or j.kind = of_kind)
              and (error_begins is null or starts_with(j.error, error_begins))
        )
        select m.job_id from match m
        where m.unique_key is null
           or not exists (select from public.jobs o where o.tenant_id = of_tenant and o.kind = m.kind and o.unique_key = m.unique_key
                          and o.state <> 'discarded')
              and not exists (select from match e where e.kind = m.kind and e.unique_key = m.unique_key and e.job_id < m.job_id)
        order by m.job_id limit jobs_max);
    if dry_run then
        return query select found_in_all, c.id from unnest(chosen) as c (id);
        return;
    end if;
    return query
    update public.jobs j
    set state = (case when c.place > 1 and apart > interval '0' then 'scheduled' else 'available' end)::public.job_state,
        due_at = now() + (c.place - 1) * apart, attempts_max = j.attempt + least(j.attempts_max, 10), crashes = 0, cancel_asked = false
    from unnest(chosen) with ordinality as c (id, place)
    where j.tenant_id = of_tenant and j.job_id = c.id and j.state = 'discarded'
    returning found_in_all, j.job_id;
    get diagnostics changed = row_count;
    if changed > 0 then
        insert into control.operator_events (at, actor, action, subject, details)
        values (now(), actor, 'dead_letters.redriven', of_tenant,
                jsonb_strip_nulls(jsonb_build_object('jobs', changed, 'kind', of_kind, 'error_begins_with', error_begins)));
    end if;
end $$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace
          and p.proname in ('job_claim', 'job_held', 'job_decide', 'job_overview', 'job_worker_list', 'dead_letters', 'dead_letters_redrive')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
    end loop;
end $$;
grant execute on function control.job_claim(uuid, text[], integer[], interval[], integer, uuid, integer, boolean), control.job_held(uuid)
    to bw_app;
grant execute on function control.job_decide(text, boolean, boolean, integer, text), control.job_overview(),
    control.job_worker_list(integer), control.dead_letters(uuid, text, integer),
    control.dead_letters_redrive(uuid, text, text, integer, interval, boolean, text) to bw_operator;
