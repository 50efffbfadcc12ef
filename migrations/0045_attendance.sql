-- Who watched a live class, when, and how well it played at each edge. Merges commute: several processes may write the same row.
set local role bw_owner;

-- `hour`: since 1970; `parts`: of 10 s each, the first one first.
create table live_attendance (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    class_id  uuid not null,
    user_id   uuid not null,
    hour      bigint not null,
    parts     bit(360) not null,
    primary key (tenant_id, class_id, user_id, hour),
    foreign key (tenant_id, class_id) references live_classes (tenant_id, class_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id)
);
create index live_attendance_of_users on live_attendance (tenant_id, user_id);

-- Of one player at one edge; each number only grows. `edge` empty: none of ours.
create table live_quality (
    tenant_id      uuid not null default current_setting('bw.tenant')::uuid,
    class_id       uuid not null,
    user_id        uuid not null,
    session_id     uuid not null,
    edge           text not null,
    startup_ms     bigint not null,
    stalls         bigint not null,
    stalled_ms     bigint not null,
    audio_ms       bigint not null,
    rung_240_ms    bigint not null,
    rung_360_ms    bigint not null,
    rung_480_ms    bigint not null,
    rung_720_ms    bigint not null,
    rung_1080_ms   bigint not null,
    rung_more_ms   bigint not null,
    faults_network bigint not null,
    faults_media   bigint not null,
    faults_address bigint not null,
    faults_other   bigint not null,
    primary key (tenant_id, class_id, user_id, session_id, edge),
    foreign key (tenant_id, class_id) references live_classes (tenant_id, class_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id)
);
create index live_quality_of_users on live_quality (tenant_id, user_id);

do $$
declare
    t text;
begin
    foreach t in array array['live_attendance', 'live_quality'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;
reset role;
