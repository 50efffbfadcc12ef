-- What load came, minute by minute, and what the forecast learnt from it.
set local role bw_owner;

-- Counted by each process and added up here. A minute without a row is one in which nothing came, or one that nobody counted: the day's
-- `counted` says which.
create table load_minutes (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    minute     timestamptz not null,
    password   bigint not null default 0,
    refresh    bigint not null default 0,
    provider   bigint not null default 0,
    page_read  bigint not null default 0,
    submission bigint not null default 0,
    live_join  bigint not null default 0,
    job        bigint not null default 0, -- counted from the jobs' own rows when the day is over
    primary key (tenant_id, minute)
);

-- A forecast as it was made when the day began: what was known then, from which, with what had been learnt by then, the model makes the same
-- numbers again. `latest` is the same as it was known last; `errors`, when the day is over, what the forecast was off by.
create table forecast_days (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    begins    timestamptz not null,
    minutes   integer not null check (minutes between 1 and 2880),
    model     integer not null,
    made_at   timestamptz not null,
    school    bytea not null,
    latest    bytea not null,
    counted   bit varying(2880) not null, -- by some process, each minute
    errors    bytea,
    scored_at timestamptz,
    primary key (tenant_id, begins)
);

create table forecast_learned (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    model     integer not null,
    until     timestamptz not null, -- what came before it has been learnt
    state     bytea not null,
    primary key (tenant_id)
);

do $$
declare
    t text;
begin
    foreach t in array array['load_minutes', 'forecast_days', 'forecast_learned'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;
reset role;
