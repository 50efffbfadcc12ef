-- Imports that an institution's administrators begin: checked and planned first, looked at, then applied. They stand in the book of imports
-- beside those of the command line, which have no upload.
set local role bw_owner;

alter table roster_imports
    alter column mode drop not null,   -- not known before the package is opened
    alter column digest drop not null,
    drop constraint roster_imports_outcome_check,
    drop constraint roster_imports_check,
    add column upload_id   uuid,
    add column made_by     uuid,
    add column applied_by  uuid,
    add column version     bigint not null default 1, -- the ETag: moves with every change
    add column planned_at  timestamptz,
    add column fingerprint text,  -- of the plan
    add column details     jsonb, -- what is shown of the plan, or what is wrong: may name people, so it is forgotten with them and after a while
    add column loses       boolean not null default false, -- more than is plausible
    add column accepted    boolean not null default false, -- that it does
    add column step        text,  -- how far it is
    add column rows_done   bigint,
    add column rows_total  bigint,
    add column bytes_done  bigint,
    add column bytes_total bigint,
    add constraint roster_imports_outcome_check check (outcome in
        ('running', 'uploaded', 'checking', 'planned', 'applying', 'applied', 'unchanged', 'failed', 'cancelled')),
    add constraint roster_imports_check check
        ((finished_at is null) = (outcome in ('running', 'uploaded', 'checking', 'planned', 'applying')));
create index roster_imports_in_order on roster_imports (tenant_id, started_at, import_id);
-- Of an institution one at a time is worked on.
create unique index roster_imports_at_work on roster_imports (tenant_id) where outcome in ('uploaded', 'checking', 'applying');

reset role;
