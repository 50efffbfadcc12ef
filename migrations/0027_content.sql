-- What people are told (notices), and the page of a section: materials and announcements.
set local role bw_owner;

-- How often an institution has told anybody anything: the order of its notices. The lock on its row is held until COMMIT, so no number
-- becomes visible before a smaller one, and whoever read up to one has missed nothing.
create table notice_counters (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid primary key,
    number    bigint not null
);

-- To one person, or to all students of a section with one row. What was told in one transaction has one number.
create table notices (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    notice_id  uuid not null,
    number     bigint not null,
    kind       text not null check (kind in ('grade_released', 'announcement')),
    user_id    uuid,
    section_id uuid,
    subject_id uuid not null, -- of a grade its assignment, of an announcement itself
    created_at timestamptz not null,
    check ((user_id is null) <> (section_id is null)),
    primary key (tenant_id, notice_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id)
);
create index notices_in_order on notices (tenant_id, number, notice_id);
create index notices_of_users on notices (tenant_id, user_id, number, notice_id) where user_id is not null;
create index notices_of_sections on notices (tenant_id, section_id, number, notice_id) where section_id is not null;
create index notices_by_age on notices (tenant_id, created_at);

create table notice_reads (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    notice_id uuid not null,
    user_id   uuid not null,
    read_at   timestamptz not null,
    primary key (tenant_id, notice_id, user_id),
    foreign key (tenant_id, notice_id) references notices (tenant_id, notice_id) on delete cascade
);

-- What an institution wants told by mail; without a row nothing is.
create table notice_policies (
    tenant_id          uuid not null default current_setting('bw.tenant')::uuid primary key,
    version            bigint not null,
    grade_mails        boolean not null,
    announcement_mails boolean not null,
    changed_at         timestamptz not null
);

-- `text` is Markdown, kept and shown as it was written.
create table materials (
    tenant_id    uuid not null default current_setting('bw.tenant')::uuid,
    material_id  uuid not null,
    section_id   uuid not null,
    place        bigint not null, -- among the section's; ties by id
    kind         text not null check (kind in ('file', 'link', 'video')),
    title        text not null,
    text         text not null,
    upload_id    uuid, -- held while it stands here
    url          text,
    published    boolean not null,
    visible_from timestamptz, -- null: at once
    version      bigint not null default 1,
    made_by      uuid not null,
    created_at   timestamptz not null,
    changed_at   timestamptz not null,
    check ((upload_id is null) <> (url is null) and (kind <> 'link' or url is not null) and (kind <> 'file' or upload_id is not null)),
    primary key (tenant_id, material_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id),
    foreign key (tenant_id, upload_id) references uploads (tenant_id, upload_id)
);
create index materials_of_sections on materials (tenant_id, section_id, place, material_id);
create index materials_of_uploads on materials (tenant_id, upload_id) where upload_id is not null;

create table announcements (
    tenant_id       uuid not null default current_setting('bw.tenant')::uuid,
    announcement_id uuid not null,
    section_id      uuid not null,
    title           text not null,
    text            text not null,
    version         bigint not null default 1,
    made_by         uuid not null,
    created_at      timestamptz not null,
    changed_at      timestamptz not null,
    primary key (tenant_id, announcement_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id)
);
create index announcements_of_sections on announcements (tenant_id, section_id, created_at, announcement_id);

do $$
declare
    t record;
begin
    for t in select * from (values ('notice_counters', 'select, insert, update'), ('notices', 'select, insert, delete'),
                                   ('notice_reads', 'select, insert, delete'), ('notice_policies', 'select, insert, update'),
                                   ('materials', 'select, insert, update, delete'),
                                   ('announcements', 'select, insert, update, delete')) as w (name, may)
    loop
        execute format('alter table %I enable row level security', t.name);
        execute format('alter table %I force row level security', t.name);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t.name);
        execute format('grant %s on %I to bw_app', t.may, t.name);
    end loop;
end $$;

-- Which mails go out is said in one place from now on. (The owner too is bound by row-level security: it is off for the copy.)
alter table marking_policies no force row level security;
alter table notice_policies no force row level security;
insert into notice_policies (tenant_id, version, grade_mails, announcement_mails, changed_at)
select tenant_id, version, grade_notices, false, changed_at from marking_policies;
alter table notice_policies force row level security;
drop table marking_policies;
reset role;
