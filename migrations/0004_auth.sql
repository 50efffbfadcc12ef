-- Credentials. A user without a row cannot sign in by password.
set local role bw_owner;

create table credentials (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    user_id       uuid not null,
    password_hash text not null,       -- argon2id, in its own encoded form
    changed_at    timestamptz not null,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id) on delete cascade
);
alter table credentials enable row level security;
alter table credentials force row level security;
create policy tenant on credentials to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update on credentials to bw_app;

reset role;
