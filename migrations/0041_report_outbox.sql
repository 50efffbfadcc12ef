-- The reports' outbox: by what reports follow the primary where it lets nobody have a replication slot. While it is switched on, triggers note
-- the keys of the rows that each statement writes, and the report process polls (reporting/outbox_source). Off, as it is at first, there are
-- no triggers.
set local role bw_owner;

-- Keys alone: whoever polls reads the rows as they stand then. Who has seen a snapshot sees next what that did not show, in whatever order
-- transactions end, so no writer waits for another. `k1`, `k2`: the uuids of the key behind the tenant's, `k3`: its value of another type.
-- `fresh`: they were inserted. A row of no tenant: the table was emptied.
create table report_changes (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    change_id bigint generated always as identity,
    xid       xid8 not null default pg_current_xact_id(),
    of_table  text not null,
    fresh     boolean not null,
    k1        uuid[],
    k2        uuid[],
    k3        text[],
    primary key (tenant_id, change_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0.5);
-- Pieces are small enough for a page, so that the file's size is all there is of it.
alter table report_changes alter k1 set storage plain, alter k2 set storage plain, alter k3 set storage plain;
create index report_changes_by_xid on report_changes (xid);
alter table report_changes enable row level security;
alter table report_changes force row level security;
create policy tenant on report_changes to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on report_changes for select to bw_door using (true);
create policy door_notes on report_changes for insert to bw_door with check (true);
create policy door_forgets on report_changes for delete to bw_door using (true);
grant insert on report_changes to bw_app;
grant select, insert, delete, truncate on report_changes to bw_door;

-- Counted whenever something was not noted, because the outbox was full: outside of transactions, so that nobody waits. It only grows: up to
-- where it is known about, control.report_outbox says, and that is undone with the transaction that said it.
create sequence report_changes_missed;
grant usage on sequence report_changes_missed to bw_app;
grant select on sequence report_changes_missed to bw_door;

-- A row while it is on.
create table control.report_outbox (
    one         boolean primary key default true check (one),
    bytes_limit bigint not null check (bytes_limit > 0),
    missed      bigint not null, -- of report_changes_missed: all stores have begun anew since then
    switched_at timestamptz not null default clock_timestamp()
);
-- Who follows by it, and what each has: rows that all have are deleted.
create table control.report_outbox_readers (
    reader  text primary key check (reader ~ '^[a-z0-9_]{1,63}$'),
    seen    text not null, -- a snapshot
    seen_at timestamptz not null default clock_timestamp()
);
grant select, update (missed) on control.report_outbox to bw_door;
grant select, insert, update, delete on control.report_outbox_readers to bw_door;
reset role;

-- ---- doors of whoever follows: no contents, but which rows of whom have changed ----

create function control.report_outbox_look(of_reader text, before text)
returns table (is_on boolean, known boolean, behind boolean, missed boolean, changed boolean, noted boolean, bytes bigint, bytes_limit bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o.bytes_limit is not null, r.seen is not null, -- what all had may be gone, and not be in `before`
           coalesce(pg_snapshot_xmin(r.seen::pg_snapshot) > pg_snapshot_xmin(before::pg_snapshot), false),
           coalesce((select s.last_value from public.report_changes_missed s where s.is_called), 0) > o.missed or
               pg_relation_size('public.report_changes') >= o.bytes_limit,
           exists (select from public.report_changes c where c.xid >= pg_snapshot_xmax(before::pg_snapshot)) or
           exists (select from public.report_changes c where c.xid = any (array(select pg_snapshot_xip(before::pg_snapshot)))),
           exists (select from public.report_changes c),
           pg_relation_size('public.report_changes'), o.bytes_limit
    from (select) one left join control.report_outbox o on true left join control.report_outbox_readers r on r.reader = of_reader
$$;

-- A row of a tenant and a table each; of no tenant: that table was emptied.
create function control.report_outbox_changed(before text) returns table (tenant_id uuid, of_table text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select c.tenant_id, c.of_table from public.report_changes c where c.xid >= pg_snapshot_xmax(before::pg_snapshot)
    union
    select c.tenant_id, c.of_table from public.report_changes c
    where c.xid = any (array(select pg_snapshot_xip(before::pg_snapshot)))
$$;

-- Of the scope's tenant.
create function control.report_outbox_keys(before text, wanted text) returns table (k1 uuid, k2 uuid, k3 text, fresh boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select k.k1, k.k2, k.k3, bool_and(c.fresh)
    from public.report_changes c, unnest(c.k1, c.k2, c.k3) as k (k1, k2, k3)
    where c.tenant_id = current_setting('bw.tenant')::uuid and c.of_table = wanted
      and (c.xid >= pg_snapshot_xmax(before::pg_snapshot) or
           c.xid = any (array(select pg_snapshot_xip(before::pg_snapshot))))
    group by 1, 2, 3
$$;

-- From now on everything is kept for the reader. What was missed is missed: all begin again. The answer: whoever began to write before that
-- transaction may have changed something without noting it, and has to end before a snapshot is taken.
create function control.report_outbox_join(of_reader text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    outbox control.report_outbox := (select o from control.report_outbox o);
begin
    if coalesce((select s.last_value from public.report_changes_missed s where s.is_called), 0) > outbox.missed or
       pg_relation_size('public.report_changes') >= outbox.bytes_limit then
        perform set_config('lock_timeout', '100ms', true); -- whoever writes queues behind this
        truncate public.report_changes;
        delete from control.report_outbox_readers;
        update control.report_outbox set missed = coalesce((select s.last_value from public.report_changes_missed s where s.is_called), 0);
    end if;
    insert into control.report_outbox_readers as r (reader, seen) values (of_reader, pg_current_snapshot()::text)
    on conflict (reader) do update set seen = excluded.seen, seen_at = clock_timestamp();
    return pg_current_xact_id()::text; -- a snapshot's xmax may be the number of one that runs
end $$;

-- The reader has what the snapshot shows. What all have goes, some of it: so many rows. Who was not heard of for a day begins again.
create function control.report_outbox_seen(of_reader text, what text, at_most integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    gone bigint;
begin
    update control.report_outbox_readers r set seen = what, seen_at = clock_timestamp() where r.reader = of_reader;
    delete from control.report_outbox_readers r where r.seen_at < clock_timestamp() - interval '1 day';
    delete from public.report_changes c
    where c.ctid = any (array(
        select d.ctid from public.report_changes d
        where d.xid < (select pg_snapshot_xmin(r.seen::pg_snapshot) from control.report_outbox_readers r order by 1 limit 1)
        order by d.xid limit at_most));
    get diagnostics gone = row_count;
    return gone;
end $$;

-- Somebody is erased, and ids of theirs are noted. They go when they are read, moments later; stores that have been away for an hour are not
-- waited for, and begin again. With what is noted in between a store begins that joins meanwhile: it does not need it.
create function control.report_outbox_let_go() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from control.report_outbox_readers r where r.seen_at < clock_timestamp() - interval '1 hour';
    delete from public.report_changes c where not exists (select from control.report_outbox_readers r);
end $$;

-- An emptied table has no tenant to speak for it.
create function control.report_note_emptied() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into public.report_changes (tenant_id, of_table, fresh) values ('00000000-0000-0000-0000-000000000000', tg_table_name, false);
    return null;
end $$;

-- ---- the operators' doors ----

-- On: triggers on each table that reports mirror, which the publication lists, anew; nothing that was there before counts any more.
create function control.report_outbox_switch(wanted boolean, limit_bytes bigint, actor text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $switch$
declare
    t record;
    does record;
    columns text;
    keys text;
begin
    perform set_config('lock_timeout', '5s', true);
    for t in
        select c.oid, n.nspname, c.relname, i.indrelid, i.indkey::int2[] as key
        from pg_publication p join pg_publication_rel r on r.prpubid = p.oid join pg_class c on c.oid = r.prrelid
        join pg_namespace n on n.oid = c.relnamespace join pg_index i on i.indrelid = c.oid and i.indisprimary
        where p.pubname = 'bw_reporting' order by n.nspname, c.relname
    loop
        for does in
            select * from (values ('inserted', 'insert', 'referencing new table as written', 'select %s from written'),
                                  ('updated', 'update', 'referencing old table as was new table as written',
                                   'select %1$s from written union select %1$s from was'),
                                  ('deleted', 'delete', 'referencing old table as written', 'select %s from written'),
                                  ('emptied', 'truncate', '', null)) as d (name, event, rows, keys)
        loop
            execute format('drop trigger if exists report_%s on %I.%I', does.name, t.nspname, t.relname);
            continue when not wanted;
            if does.keys is null then
                execute format('create trigger report_emptied after truncate on %I.%I for each statement '
                               'execute function control.report_note_emptied()', t.nspname, t.relname);
                continue;
            end if;
            -- The uuids of the key in their order, and what is left, with the tenant's id before them.
            select string_agg(format('%I%s', a.attname, case when a.atttypid = 'uuid'::regtype then '' else '::text' end),
                              ', ' order by k.at),
                   string_agg(format('array_agg(w.%I)', a.attname), ', ' order by k.at) filter (where k.at > 1)
                into keys, columns
            from unnest(t.key) with ordinality as k (number, at)
            join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number;
            execute format(
                $f$create or replace function public.report_note_%1$s_%2$s() returns trigger language plpgsql as $n$
                begin
                    if pg_catalog.pg_relation_size('public.report_changes') >= tg_argv[0]::bigint then
                        perform pg_catalog.nextval('public.report_changes_missed');
                        return null;
                    end if;
                    insert into public.report_changes (tenant_id, of_table, fresh%3$s)
                    select w.tenant_id, '%1$s', %4$L%5$s
                    from (select k.*, (row_number() over () - 1) / 64 as piece from (%6$s) k) w group by w.tenant_id, w.piece;
                    return null;
                end $n$$f$,
                t.relname, does.name,
                (select coalesce(string_agg(', ' || case when a.atttypid <> 'uuid'::regtype then 'k3' else 'k' || k.at - 1 end, ''
                                            order by k.at), '')
                 from unnest(t.key) with ordinality as k (number, at)
                 join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number where k.at > 1),
                does.name = 'inserted', coalesce(', ' || columns, ''), format(does.keys, keys));
            execute format('create trigger report_%s after %s on %I.%I %s for each statement execute function public.report_note_%s_%s(%L)',
                           does.name, does.event, t.nspname, t.relname, does.rows, t.relname, does.name, limit_bytes);
        end loop;
    end loop;
    truncate public.report_changes;
    delete from control.report_outbox_readers;
    delete from control.report_outbox;
    if wanted then
        insert into control.report_outbox (bytes_limit, missed) values (limit_bytes, coalesce((select s.last_value from public.report_changes_missed s where s.is_called), 0));
    end if;
    insert into control.operator_events (at, actor, action, subject, details)
    values (clock_timestamp(), actor, case when wanted then 'report_outbox.switched_on' else 'report_outbox.switched_off' end,
            '00000000-0000-0000-0000-000000000000', jsonb_build_object('bytes_limit', limit_bytes));
end $switch$;

create function control.report_outbox_list()
returns table (bytes_limit bigint, bytes bigint, missed boolean, reader text, seen_at timestamptz, waiting bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o.bytes_limit, pg_relation_size('public.report_changes'),
           coalesce((select s.last_value from public.report_changes_missed s where s.is_called), 0) > o.missed, r.reader, r.seen_at,
           (select count(*) from public.report_changes c where not pg_visible_in_snapshot(c.xid, r.seen::pg_snapshot))
    from control.report_outbox o left join control.report_outbox_readers r on true order by r.reader
$$;

do $$
declare
    door record;
begin
    for door in
        select p.oid::regprocedure as name, p.proname = 'report_outbox_switch' as of_owner,
               case when p.proname in ('report_outbox_switch', 'report_outbox_list') then 'bw_operator'
                    when p.proname = 'report_note_emptied' then 'bw_owner' -- who makes triggers of it
                    else 'bw_app' end as caller
        from pg_proc p where p.pronamespace = 'control'::regnamespace and p.proname ~ '^report_(outbox|note)_'
    loop
        execute format('alter function %s owner to %I', door.name, case when door.of_owner then 'bw_owner' else 'bw_door' end);
        execute format('revoke execute on function %s from public', door.name);
        execute format('grant execute on function %s to %I', door.name, door.caller);
    end loop;
end $$;
