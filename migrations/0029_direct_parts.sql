-- Uploads whose bytes come straight to the store.
set local role bw_owner;

-- An upload's parts from `first` on lie in the store as they come, under `token`, until they are joined. They count if the upload still
-- stands at `first` then, and their `writer` is the upload's.
create table upload_direct (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    upload_id  uuid not null,
    writer     bigint not null,
    object     text not null check (length(object) <= 200),
    token      text not null check (length(token) <= 1024),
    first      bigint not null check (first >= 0),
    part_bytes bigint not null check (part_bytes > 0),
    primary key (tenant_id, upload_id),
    foreign key (tenant_id, upload_id) references uploads (tenant_id, upload_id) on delete cascade
);
alter table upload_direct enable row level security;
alter table upload_direct force row level security;
create policy tenant on upload_direct to bw_app using (tenant_id = current_setting('bw.tenant')::uuid)
    with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update, delete on upload_direct to bw_app;

reset role;
