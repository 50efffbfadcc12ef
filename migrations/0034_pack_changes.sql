-- What first pages that are kept in memory (packs) may no longer say: every writing statement notes whose pages it concerns, and every
-- process hears of it within moments.
set local role bw_owner;

-- A row for each statement and institution. Whose: of these users, of whoever is in these sections, or (many at once) of everybody. `xid`:
-- who has seen a snapshot sees next what that snapshot did not show, in whatever order transactions end, so no writer waits for another.
create table pack_changes (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    change_id bigint generated always as identity,
    xid       xid8 not null default pg_current_xact_id(),
    users     uuid[] not null default '{}',
    sections  uuid[] not null default '{}',
    everybody boolean not null default false,
    primary key (tenant_id, change_id)
);
create index pack_changes_by_xid on pack_changes (xid);
alter table pack_changes enable row level security;
alter table pack_changes force row level security;
create policy tenant on pack_changes to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on pack_changes for select to bw_door using (true);
create policy door_forgets on pack_changes for delete to bw_door using (true);
grant insert on pack_changes to bw_app;
grant select, delete on pack_changes to bw_door;

-- The triggers below name the rows that a statement wrote `written`, whichever they are.
create function public.pack_users_changed() returns trigger language plpgsql as $$
begin
    insert into public.pack_changes (tenant_id, users, everybody)
    select w.tenant_id, case when count(*) <= 1000 then array_agg(w.user_id) else '{}' end, count(*) > 1000
    from (select distinct tenant_id, user_id from written) w group by w.tenant_id;
    return null;
end $$;

create function public.pack_sections_changed() returns trigger language plpgsql as $$
begin
    insert into public.pack_changes (tenant_id, sections, everybody)
    select w.tenant_id, case when count(*) <= 1000 then array_agg(w.section_id) else '{}' end, count(*) > 1000
    from (select distinct tenant_id, section_id from written) w group by w.tenant_id;
    return null;
end $$;

-- Of one user, or of a section.
create function public.pack_notices_changed() returns trigger language plpgsql as $$
begin
    insert into public.pack_changes (tenant_id, users, sections, everybody)
    select w.tenant_id,
           case when count(*) <= 1000 then coalesce(array_agg(w.user_id) filter (where w.user_id is not null), '{}') else '{}' end,
           case when count(*) <= 1000 then coalesce(array_agg(w.section_id) filter (where w.section_id is not null), '{}') else '{}' end,
           count(*) > 1000
    from (select distinct tenant_id, user_id, section_id from written) w group by w.tenant_id;
    return null;
end $$;

-- Of one user, or of an assignment's whole section.
create function public.pack_extensions_changed() returns trigger language plpgsql as $$
begin
    insert into public.pack_changes (tenant_id, users, sections, everybody)
    select w.tenant_id,
           case when count(*) <= 1000 then coalesce(array_agg(w.user_id) filter (where w.user_id is not null), '{}') else '{}' end,
           case when count(*) <= 1000 then coalesce(array_agg(w.section_id) filter (where w.section_id is not null), '{}') else '{}' end,
           count(*) > 1000
    from (select distinct x.tenant_id, x.user_id, case when x.user_id is null then a.section_id end as section_id
          from written x join public.assignments a on a.tenant_id = x.tenant_id and a.assignment_id = x.assignment_id) w
    group by w.tenant_id;
    return null;
end $$;

create function public.pack_everybody_changed() returns trigger language plpgsql as $$
begin
    insert into public.pack_changes (tenant_id, everybody) select distinct w.tenant_id, true from written w;
    return null;
end $$;

-- Whatever a first page says stands in these tables; that a user or a section comes to be is on nobody's page yet. A row that moves
-- concerns both whom it left and whom it came to.
do $$
declare
    one record;
    does record;
begin
    for one in
        select * from (values
            ('users', 'pack_users_changed', '{updated, deleted}'::text[]),
            ('enrollments', 'pack_users_changed', '{inserted, updated, moved, deleted}'),
            ('submissions', 'pack_users_changed', '{inserted, updated, deleted}'),
            ('grades', 'pack_users_changed', '{inserted, updated, deleted}'),
            ('notice_reads', 'pack_users_changed', '{inserted, deleted}'),
            ('sections', 'pack_sections_changed', '{updated}'),
            ('assignments', 'pack_sections_changed', '{inserted, updated, moved, deleted}'),
            ('notices', 'pack_notices_changed', '{inserted, updated, moved, deleted}'),
            ('extensions', 'pack_extensions_changed', '{inserted, updated, deleted}'),
            ('bells', 'pack_everybody_changed', '{inserted, updated, deleted}')) as t (of_table, calls, triggers)
    loop
        for does in
            select * from (values ('inserted', 'insert', 'new'), ('updated', 'update', 'new'), ('moved', 'update', 'old'),
                                  ('deleted', 'delete', 'old')) as d (name, event, rows)
            where d.name = any (one.triggers)
        loop
            execute format('create trigger pack_%s after %s on %I referencing %s table as written for each statement execute function %I()',
                           does.name, does.event, one.of_table, does.rows, one.calls);
        end loop;
    end loop;
end $$;

-- ---- doors ----

-- Of all institutions: what the snapshot `seen` did not show (null: nothing), and the snapshot that shows it now, on which timeline. A row
-- at least. Ids stand one behind the other.
create function control.pack_changes_since(seen text, rows_limit bigint)
returns table (snapshot text, timeline bigint, tenant_id uuid, users bytea, sections bytea, everybody boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select pg_current_snapshot()::text, ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint, c.tenant_id,
           (select string_agg(uuid_send(u.id), ''::bytea) from unnest(c.users) as u (id)),
           (select string_agg(uuid_send(s.id), ''::bytea) from unnest(c.sections) as s (id)), c.everybody
    from (select) one
    left join (select p.* from public.pack_changes p
               where p.xid >= pg_snapshot_xmax(seen::pg_snapshot) or p.xid in (select pg_snapshot_xip(seen::pg_snapshot))
               limit rows_limit) c on true
$$;

-- What everybody has seen who looked since `before` was the snapshot: some of it, so that a backlog goes bite by bite.
create function control.forget_pack_changes(before text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from public.pack_changes p
    where p.ctid = any (array(select q.ctid from public.pack_changes q
                              where q.xid < pg_snapshot_xmin(before::pg_snapshot) order by q.xid limit 5000))
$$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace and p.proname in ('pack_changes_since', 'forget_pack_changes')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
        execute format('grant execute on function %s to bw_app', door);
    end loop;
end $$;
