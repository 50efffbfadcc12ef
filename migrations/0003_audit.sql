-- The audit log: append-only for the server's role.
set local role bw_owner;

create table audit_events (
    tenant_id      uuid not null default current_setting('bw.tenant')::uuid,
    audit_event_id uuid not null,
    at             timestamptz not null,
    actor          text not null,
    action         text not null,
    subject        text not null,
    details        jsonb not null,
    primary key (tenant_id, audit_event_id)
);
alter table audit_events enable row level security;
alter table audit_events force row level security;
create policy tenant on audit_events to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert on audit_events to bw_app;

reset role;
