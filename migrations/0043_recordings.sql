-- Recordings: videos of a section to watch at any time, of live classes or made of uploads; and what of them is in the blob store.
set local role bw_owner;

-- What lies in the blob store has a number: `numbers` were given, never twice. `progress`: thousandths.
create table recordings (
    tenant_id       uuid not null default current_setting('bw.tenant')::uuid,
    recording_id    uuid not null,
    section_id      uuid not null,
    class_id        uuid,
    stream_ref      text, -- of a live class
    upload_id       uuid, -- what it is made of; gone when it is made
    shows           uuid, -- who teaches in it, or put it up
    title           text not null,
    state           text not null default 'waiting' check (state in ('waiting', 'working', 'ready', 'failed')),
    version         bigint not null default 1,
    hidden          boolean not null default false,
    removed         boolean not null default false, -- nobody sees it any more; it goes with its objects
    progress        bigint not null default 0,
    duration_ms     bigint not null default 0,
    bytes           bigint not null default 0,
    gaps            bigint not null default 0,
    error_code      text,
    error_detail    text,
    job_id          uuid,
    numbers         bigint not null default 0,
    manifest        bigint, -- its number
    manifest_sha256 bytea,
    created_at      timestamptz not null,
    ready_at        timestamptz,
    primary key (tenant_id, recording_id),
    unique (tenant_id, stream_ref),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id),
    foreign key (tenant_id, class_id) references live_classes (tenant_id, class_id),
    check ((class_id is null) = (stream_ref is null)),
    check ((state = 'ready') <= (manifest is not null and manifest_sha256 is not null and ready_at is not null)),
    check ((state = 'failed') = (error_code is not null))
);
create index recordings_of_sections on recordings (tenant_id, section_id, created_at);
create index recordings_of_classes on recordings (tenant_id, class_id) where class_id is not null;
create index recordings_of_uploads on recordings (tenant_id, upload_id) where upload_id is not null;
create index recordings_of_people on recordings (tenant_id, shows) where shows is not null;

-- What of an unfinished one is whole in the blob store: whoever goes on begins behind it.
create table recording_pieces (
    tenant_id    uuid not null default current_setting('bw.tenant')::uuid,
    recording_id uuid not null,
    number       bigint not null,
    rung         text not null,
    taken        bigint not null, -- of the rung's segments, so many stand in it
    ends         boolean not null, -- it is the rung's last
    bytes        bigint not null,
    sha256       bytea not null,
    contents     text not null, -- lines of the manifest
    primary key (tenant_id, recording_id, number),
    foreign key (tenant_id, recording_id) references recordings (tenant_id, recording_id) on delete cascade
);

do $$
declare
    t text;
begin
    foreach t in array array['recordings', 'recording_pieces'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;
reset role;
