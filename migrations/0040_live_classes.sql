-- Live classes: which lessons are held live, each dated one with how far its plan has come, who was put out of one; and who carries plans out.
set local role bw_owner;

-- `students_may`: bits of live::Right.
create table live_lessons (
    tenant_id    uuid not null default current_setting('bw.tenant')::uuid,
    lesson_id    uuid not null,
    version      bigint not null default 1,
    students_may bigint not null check (students_may between 0 and 15),
    changed_at   timestamptz not null,
    primary key (tenant_id, lesson_id),
    foreign key (tenant_id, lesson_id) references lessons (tenant_id, lesson_id) on delete cascade
);

-- One lesson on one day. It outlives the lesson: what was created at a provider has to be ended. `round`: a class that is taken up again
-- after its end has another stream. `asked` before a stream is asked for, so that whoever goes on knows of one that nobody heard of.
create table live_classes (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    class_id      uuid not null,
    lesson_id     uuid not null,
    day           date not null,
    section_id    uuid not null,
    teacher_id    uuid,
    title         text not null,
    begins_at     timestamptz not null,
    ends_at       timestamptz not null,
    students_may  bigint not null,
    cancelled     boolean not null default false,
    version       bigint not null default 1,
    state         text not null default 'planned'
                  check (state in ('planned', 'armed', 'slate', 'warm', 'live', 'ended', 'archived', 'failed')),
    failed_in     text check (failed_in in ('planned', 'armed', 'slate', 'warm', 'live', 'ended')),
    round         bigint not null default 1,
    asked         boolean not null default false,
    provider      text,
    stream_ref    text,
    ingests       bytea, -- sealed: keys are in it
    quota_at      timestamptz,
    quota_short   bigint not null default 0, -- so many streams too few
    slate_on      boolean not null default false,
    signal        text not null default 'none' check (signal in ('none', 'stalled', 'flowing')),
    polled_at     timestamptz,
    swept_at      timestamptz,
    warm_planned  bigint not null default 0,
    warm_verified bigint not null default 0,
    attempts      bigint not null default 0,
    not_before    timestamptz,
    fault         text not null default '',
    ended_at      timestamptz,
    recording     text,
    primary key (tenant_id, class_id),
    unique (tenant_id, lesson_id, day),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id),
    foreign key (tenant_id, teacher_id) references users (tenant_id, user_id),
    check ((state = 'failed') = (failed_in is not null)),
    check ((stream_ref is null) = (provider is null)),
    check (stream_ref is null or asked),
    check (ends_at > begins_at)
);
create index live_classes_by_begin on live_classes (begins_at);
create index live_classes_of_sections on live_classes (tenant_id, section_id, begins_at);
create index live_classes_of_teachers on live_classes (tenant_id, teacher_id) where teacher_id is not null;

-- Who is not let into a class any more.
create table live_removals (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    class_id   uuid not null,
    user_id    uuid not null,
    removed_at timestamptz not null,
    primary key (tenant_id, class_id, user_id),
    foreign key (tenant_id, class_id) references live_classes (tenant_id, class_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id)
);
create index live_removals_of_users on live_removals (tenant_id, user_id);

do $$
declare
    t record;
begin
    for t in select * from (values ('live_lessons', 'select, insert, update, delete'), ('live_classes', 'select, insert, update'),
                                   ('live_removals', 'select, insert, delete')) as w (name, may)
    loop
        execute format('alter table %I enable row level security', t.name);
        execute format('alter table %I force row level security', t.name);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t.name);
        execute format('grant %s on %I to bw_app', t.may, t.name);
    end loop;
end $$;
create policy door_reads on live_lessons for select to bw_door using (true);
create policy door_reads on live_classes for select to bw_door using (true);
create policy door_reads on timetables for select to bw_door using (true);
grant select on live_lessons to bw_door;
grant select (tenant_id, class_id, version, begins_at, state) on live_classes to bw_door;
grant select (tenant_id, version, changed_at) on timetables to bw_door;

-- Who carries plans out: whoever has the lease. Its time is the database's, whatever the leaders' clocks say.
create table control.live_leader (
    only_one boolean primary key default true check (only_one),
    epoch    bigint not null default 1, -- nobody's is 0
    holder   text not null default '',
    until    timestamptz not null default '-infinity'
);
insert into control.live_leader default values;
grant select, update on control.live_leader to bw_door;

reset role;

-- Takes the lease, or keeps it: the leader's epoch, or 0: somebody else has it. Nobody's step is half done when another epoch begins
-- (live_leads).
create function control.live_lead(mine bigint, name text, lease interval) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    given bigint;
begin
    update control.live_leader l
    set epoch = case when l.epoch = mine then mine else l.epoch + 1 end, holder = name, until = clock_timestamp() + lease
    where l.epoch = mine or l.until <= clock_timestamp()
    returning l.epoch into given;
    return coalesce(given, 0);
end $$;

-- Gives it back.
create function control.live_resign(mine bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update control.live_leader l set until = '-infinity', epoch = l.epoch + 1 where l.epoch = mine
$$;

-- Is this the leader's epoch? Until the caller's transaction is over, nobody takes the lease.
create function control.live_leads(mine bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform from control.live_leader l where l.epoch = mine for share;
    return found;
end $$;

-- Institutions with live lessons, and what moves when their timetable or their live lessons change.
create function control.live_institutions() returns table (tenant_id uuid, mark text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.tenant_id,
           coalesce(max(t.version::text || ' ' || t.changed_at), '') || ' ' || bit_xor(hashtextextended(l.lesson_id::text || l.changed_at, l.version))
    from public.live_lessons l left join public.timetables t on t.tenant_id = l.tenant_id group by l.tenant_id
$$;

-- The classes of all institutions that begin in [after, before), ids and versions alone.
create function control.live_classes_between(after timestamptz, before timestamptz)
returns table (tenant_id uuid, class_id uuid, version bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select c.tenant_id, c.class_id, c.version from public.live_classes c where c.begins_at >= after and c.begins_at < before
$$;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p where p.pronamespace = 'control'::regnamespace and p.proname like 'live\_%'
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
        execute format('grant execute on function %s to bw_app', door);
    end loop;
end $$;
