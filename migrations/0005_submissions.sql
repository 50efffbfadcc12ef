-- Assignments, what was submitted to them, and how far the recorder has come.
set local role bw_owner;

create table assignments (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    assignment_id uuid not null,        -- of the line item it was made from, where there is one
    section_id    uuid not null,
    title         text not null,
    due_at        timestamptz not null, -- half-open: received_at < due_at is in time
    due_set_here  boolean not null default false, -- a teacher moved it: the roster's date no longer counts
    active        boolean not null default true,
    version       bigint not null default 1,
    primary key (tenant_id, assignment_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id)
);
create index assignments_by_section on assignments (tenant_id, section_id);

-- No foreign key to users or assignments: what was acknowledged is recorded whatever became of them since, as refused if need
-- be. A terminal state never flips.
create table submissions (
    tenant_id       uuid not null default current_setting('bw.tenant')::uuid,
    submission_id   uuid not null,
    assignment_id   uuid not null,
    user_id         uuid not null,
    idempotency_key text not null,
    state           text not null check (state in ('recorded', 'refused')),
    reason          text check ((state = 'refused') = (reason is not null)),
    received_at     timestamptz not null,
    late            boolean not null,
    recorded_at     timestamptz not null default now(),
    content         bytea not null,
    content_sha256  bytea not null,
    receipt         bytea not null,     -- everything the receipt is made from, so that it can be issued again
    journal_epoch   bigint not null,
    journal_seq     bigint not null,
    primary key (tenant_id, submission_id)
);
create index submissions_by_user on submissions (tenant_id, user_id, received_at, submission_id);
create index submissions_by_assignment on submissions (tenant_id, assignment_id, received_at, submission_id);

-- Acknowledged under a submission_id that another body holds: refused, visible, never applied.
create table refused_submissions (
    tenant_id       uuid not null default current_setting('bw.tenant')::uuid,
    submission_id   uuid not null,
    content_sha256  bytea not null,
    reason          text not null,
    received_at     timestamptz not null,
    recorded_at     timestamptz not null default now(),
    content         bytea not null,
    receipt         bytea not null,
    journal_epoch   bigint not null,
    journal_seq     bigint not null,
    primary key (tenant_id, submission_id, content_sha256)
);

do $$
declare
    t text;
begin
    foreach t in array array['assignments', 'submissions', 'refused_submissions'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update on %I to bw_app', t);
    end loop;
end $$;

-- Dispatch: how far each journal epoch is recorded in this database. No tenant, no content.
create table control.recorder_cursors (
    epoch      bigint primary key,
    seq        bigint not null,
    updated_at timestamptz not null default now()
);
-- Records that the database will not take, by position: the journal keeps the bytes.
create table control.recorder_set_aside (
    epoch    bigint not null,
    seq      bigint not null,
    sqlstate text not null,
    at       timestamptz not null default now(),
    primary key (epoch, seq)
);
grant select, insert, update on control.recorder_cursors to bw_app;
grant select, insert on control.recorder_set_aside to bw_app;

-- Compare-and-set inside the recorder's transaction: BW010 when another recorder has moved the cursor, and all is rolled back.
create function control.recorder_advance(epoch bigint, from_seq bigint, to_seq bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update control.recorder_cursors c set seq = to_seq, updated_at = now()
    where c.epoch = recorder_advance.epoch and c.seq = from_seq;
    if not found then
        raise exception 'another recorder is at work' using errcode = 'BW010';
    end if;
end $$;
reset role;
revoke execute on function control.recorder_advance(bigint, bigint, bigint) from public;
grant execute on function control.recorder_advance(bigint, bigint, bigint) to bw_app;
