-- The audit log becomes provable and erasable: per tenant one append-only Merkle tree over its events with signed heads,
-- and what an event says about a person encrypted under that person's key.
set local role bw_owner;

-- One key a person whom encrypted payloads are about. Erasing the person is dropping the key.
create table subject_keys (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid,
    subject_id  uuid not null,
    wrapped_key bytea,                 -- under the installation's key; null once erased
    created_at  timestamptz not null,
    erased_at   timestamptz,
    primary key (tenant_id, subject_id),
    check ((wrapped_key is null) = (erased_at is not null))
);

-- `details` is text whose very bytes the leaf proves; jsonb would rewrite them.
alter table audit_events
    alter column details type json using details::json,
    add column person_id uuid,         -- whom `personal` is about
    add column personal  bytea,        -- JSON under that person's key
    add column nonce     bytea,        -- of the leaf; derived from the person's key where there is one
    add column leaf      bytea,
    add constraint audit_events_leaf check (length(leaf) = 32 and leaf is not null) not valid, -- events of before have none
    add constraint audit_events_person check ((person_id is null) = (personal is null)
                                              and (nonce is null or personal is null));

-- Events that are in no tree yet. A dispatch table: ids alone.
create table audit_pending (
    tenant_id      uuid not null default current_setting('bw.tenant')::uuid,
    audit_event_id uuid not null,
    primary key (tenant_id, audit_event_id),
    foreign key (tenant_id, audit_event_id) references audit_events (tenant_id, audit_event_id)
);

-- The right edge of a tenant's tree: one hash a full subtree, the largest first.
create table audit_trees (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    size      bigint not null,
    subtrees  bytea not null,
    primary key (tenant_id)
);

-- The permanent log. It refers to events without holding on to them: what is archived or erased leaves its leaf.
create table audit_leaves (
    tenant_id      uuid not null default current_setting('bw.tenant')::uuid,
    leaf_index     bigint not null check (leaf_index >= 0),
    audit_event_id uuid not null,
    leaf           bytea not null check (length(leaf) = 32),
    primary key (tenant_id, leaf_index),
    unique (tenant_id, audit_event_id)
);

create table audit_heads (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    size      bigint not null check (size > 0),
    root      bytea not null check (length(root) = 32),
    at        timestamptz not null,
    kid       text not null,
    signature bytea not null check (length(signature) = 64),
    primary key (tenant_id, size)
);

do $$
declare
    t record;
begin
    for t in select * from (values ('subject_keys', 'select, insert, update (wrapped_key, erased_at)'),
                                   ('audit_pending', 'select, insert, delete'),
                                   ('audit_trees', 'select, insert, update (size, subtrees)'),
                                   ('audit_leaves', 'select, insert'),
                                   ('audit_heads', 'select, insert')) as w (name, may)
    loop
        execute format('alter table %I enable row level security', t.name);
        execute format('alter table %I force row level security', t.name);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t.name);
        execute format('grant %s on %I to bw_app', t.may, t.name);
    end loop;
end $$;

create policy door_reads on audit_pending for select to bw_door using (true);
grant select on audit_pending to bw_door;

-- Tenants with events that are in no tree yet, at most `tenants_limit`.
create function control.audit_pending_tenants(tenants_limit integer) returns table (tenant_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with recursive next as (
        (select p.tenant_id from public.audit_pending p order by p.tenant_id limit 1)
        union all
        select (select p.tenant_id from public.audit_pending p where p.tenant_id > n.tenant_id order by p.tenant_id limit 1)
        from next n where n.tenant_id is not null
    )
    select n.tenant_id from next n where n.tenant_id is not null limit tenants_limit
$$;

reset role;
alter function control.audit_pending_tenants(integer) owner to bw_door;
revoke execute on function control.audit_pending_tenants(integer) from public;
grant execute on function control.audit_pending_tenants(integer) to bw_app, bw_operator;
