-- Exports of reports: what somebody asked for as a file, how far it is, and where the file lies.
set local role bw_owner;

-- A file is an object of the blob store: one for each attempt, under a key that follows from institution, export and attempt.
create table report_exports (
    tenant_id    uuid not null default current_setting('bw.tenant')::uuid,
    export_id    uuid not null,
    user_id      uuid not null, -- whose it is
    request_key  text not null, -- sent again, it is the same export
    report       text not null,
    form         text not null check (form in ('csv', 'parquet', 'xlsx')),
    arguments    text not null, -- JSON: ids and days alone
    whole        boolean not null, -- of the institution, or of the classes that they teach
    quiet        boolean not null,
    state        text not null default 'waiting' check (state in ('waiting', 'running', 'completed', 'failed', 'cancelled', 'expired')),
    job_id       uuid not null,
    not_before   timestamptz,
    attempts     bigint not null default 0,
    rows_done    bigint,
    rows_total   bigint,
    bytes        bigint,
    sha256       bytea,
    as_of        timestamptz,
    lag_ms       bigint,
    stale        boolean,
    error_code   text,
    error_detail text,
    stored       boolean not null default false, -- there may be something of it in the blob store
    removed      boolean not null default false, -- nobody sees it any more; it goes with its objects
    created_at   timestamptz not null,
    finished_at  timestamptz,
    expires_at   timestamptz,
    primary key (tenant_id, export_id),
    unique (tenant_id, user_id, request_key),
    check ((finished_at is null) = (state in ('waiting', 'running'))),
    check ((state = 'completed') <= (sha256 is not null and bytes is not null and as_of is not null and expires_at is not null)),
    check ((state = 'failed') = (error_code is not null))
);
create index report_exports_in_order on report_exports (tenant_id, user_id, created_at, export_id);

-- When somebody of the institution was erased last: no file is made of what was so before.
create table report_erasures (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid primary key,
    erased_at timestamptz not null
);

do $$
declare
    t text;
begin
    foreach t in array array['report_exports', 'report_erasures'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;
reset role;
