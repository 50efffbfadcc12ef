-- Which process holds a live class's room. Whoever claims it has the next epoch; what an earlier holder would still write is refused.
set local role bw_owner;

create table live_rooms (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    class_id   uuid not null,
    epoch      bigint not null,
    holder     text not null,
    claimed_at timestamptz not null,
    primary key (tenant_id, class_id),
    foreign key (tenant_id, class_id) references live_classes (tenant_id, class_id)
);

alter table live_rooms enable row level security;
alter table live_rooms force row level security;
create policy tenant on live_rooms to bw_app using (tenant_id = current_setting('bw.tenant')::uuid)
    with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update on live_rooms to bw_app;
reset role;
