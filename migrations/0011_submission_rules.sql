-- What may be handed in to an assignment, when, and how often; and who may do so longer.
set local role bw_owner;

alter table assignments
    add kind                text not null default 'text' check (kind in ('text', 'structured')),
    add questions           jsonb,           -- of structured ones: see submissions/questions.hpp
    add opens_at            timestamptz,     -- null: open already
    add late_seconds_limit  bigint check (late_seconds_limit >= 0), -- after the due instant; 0: nothing late; null: no limit
    add content_bytes_limit integer not null default 262144 check (content_bytes_limit between 1 and 262144),
    add attempts_limit      integer check (attempts_limit > 0), -- null: no limit
    add check ((kind = 'structured') = (questions is not null));

-- One standing extension for each student, and one for everybody; changing one revokes it and makes another, so that
-- what was once promised can be read.
create table extensions (
    tenant_id      uuid not null default current_setting('bw.tenant')::uuid,
    extension_id   uuid not null,
    assignment_id  uuid not null,
    user_id        uuid,            -- null: the whole section
    due_at         timestamptz not null, -- instead of the assignment's, if it is later
    attempts_extra integer not null default 0 check (attempts_extra between 0 and 1000),
    reason         text not null,
    given_by       uuid not null,
    given_at       timestamptz not null default now(),
    revoked_by     uuid,
    revoked_at     timestamptz,
    check ((revoked_by is null) = (revoked_at is null)),
    primary key (tenant_id, extension_id),
    foreign key (tenant_id, assignment_id) references assignments (tenant_id, assignment_id)
);
create unique index extensions_standing on extensions (tenant_id, assignment_id, user_id) nulls not distinct
    where revoked_at is null;

alter table submissions add kind text not null default 'text' check (kind in ('text', 'structured'));
alter table refused_submissions add kind text not null default 'text' check (kind in ('text', 'structured'));

alter table extensions enable row level security;
alter table extensions force row level security;
create policy tenant on extensions to bw_app using (tenant_id = current_setting('bw.tenant')::uuid)
    with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update on extensions to bw_app;
reset role;
