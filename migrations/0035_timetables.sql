-- Timetables: bell schedules, the days on which they ring, lessons, what is different on one day; who may read theirs as a calendar; and the
-- bells that follow from all that.
set local role bw_owner;

-- `calendar` is read and written whole (timetable_json): it holds what a school decides once a year. Every change of anything of the timetable
-- locks this row and moves its version, so that whoever holds a plan of that version holds the newest.
create table timetables (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid primary key,
    version     bigint not null,
    calendar    jsonb not null,
    bells_until timestamptz, -- how far its bells stand in `bells`; null: not since the last change
    changed_at  timestamptz not null
);

create table lessons (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    lesson_id  uuid not null,
    version    bigint not null default 1,
    section_id uuid not null,
    period     text not null,
    days       bigint not null check (days between 0 and 127),
    rotation   bigint not null check (rotation between 0 and 4294967295),
    room       text not null,
    teacher_id uuid,
    term       text not null,
    primary key (tenant_id, lesson_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id),
    foreign key (tenant_id, teacher_id) references users (tenant_id, user_id)
);
create index lessons_of_sections on lessons (tenant_id, section_id);
create index lessons_of_teachers on lessons (tenant_id, teacher_id) where teacher_id is not null;

-- What is different with a lesson on one day.
create table lesson_changes (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    lesson_id  uuid not null,
    day        date not null,
    cancelled  boolean not null,
    teacher_id uuid,
    room       text not null,
    primary key (tenant_id, lesson_id, day),
    foreign key (tenant_id, lesson_id) references lessons (tenant_id, lesson_id) on delete cascade,
    foreign key (tenant_id, teacher_id) references users (tenant_id, user_id)
);
create index lesson_changes_of_teachers on lesson_changes (tenant_id, teacher_id) where teacher_id is not null;

-- Whoever knows the address reads the person's lessons; of its secret part the hash is kept.
create table calendar_feeds (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    feed_id    uuid not null,
    user_id    uuid not null,
    name       text not null,
    token_hash bytea not null check (octet_length(token_hash) = 32),
    created_at timestamptz not null,
    primary key (tenant_id, feed_id),
    unique (tenant_id, token_hash),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id)
);
create index calendar_feeds_of_users on calendar_feeds (tenant_id, user_id);

do $$
declare
    t record;
begin
    for t in select * from (values ('timetables', 'select, insert, update'), ('lessons', 'select, insert, update, delete'),
                                   ('lesson_changes', 'select, insert, update, delete'),
                                   ('calendar_feeds', 'select, insert, delete')) as w (name, may)
    loop
        execute format('alter table %I enable row level security', t.name);
        execute format('alter table %I force row level security', t.name);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t.name);
        execute format('grant %s on %I to bw_app', t.may, t.name);
    end loop;
end $$;

-- Who says so: an administrator, or the timetable. Of the same moment the administrator's stands.
alter table bells add column source text not null default 'declared' check (source in ('declared', 'timetable'));

-- First pages show those that are declared alone.
create function public.pack_bells_changed() returns trigger language plpgsql as $$
begin
    insert into public.pack_changes (tenant_id, everybody) select distinct w.tenant_id, true from written w where w.source = 'declared';
    return null;
end $$;
do $$
declare
    does record;
begin
    for does in select * from (values ('inserted', 'insert', 'new'), ('updated', 'update', 'new'), ('deleted', 'delete', 'old')) as d (name, event, rows)
    loop
        execute format('drop trigger pack_%s on bells', does.name);
        execute format('create trigger pack_%s after %s on bells referencing %s table as written for each statement execute function pack_bells_changed()',
                       does.name, does.event, does.rows);
    end loop;
end $$;
reset role;
