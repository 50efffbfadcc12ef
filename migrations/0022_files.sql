-- Files: uploads, which objects their bytes lie in, and how much each person has.
set local role bw_owner;

-- `received` bytes from the front are durable. Whoever holds the newest `writer` number writes; all older ones are taken for dead.
create table uploads (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    upload_id     uuid not null,
    owner_id      uuid not null,
    kind          text not null check (kind in ('single', 'partial', 'joined')),
    state         text not null check (state in ('open', 'complete', 'refused', 'merged', 'removing')),
    size          bigint not null check (size >= 0),
    received      bigint not null default 0 check (received between 0 and size),
    writer        bigint not null default 0,
    writing       boolean not null default false,
    name          text not null check (length(name) <= 255),
    media_type    text not null check (length(media_type) <= 127),
    sha256        bytea check (length(sha256) = 32), -- declared; null: none was
    metadata      text not null,                     -- as the client sent it
    merged_into   uuid,                              -- of a partial upload
    created_at    timestamptz not null,
    expires_at    timestamptz,                       -- null: it stays
    primary key (tenant_id, upload_id),
    foreign key (tenant_id, owner_id) references users (tenant_id, user_id),
    check ((state = 'merged') = (merged_into is not null) or state = 'removing')
);
create index uploads_of_owners on uploads (tenant_id, owner_id, created_at);
create index uploads_by_expiry on uploads (tenant_id, expires_at);
create index uploads_to_remove on uploads (tenant_id, upload_id) where state = 'removing';

-- What each writer wrote, in their order: the first `size` bytes of an object. With a `draft` the object is not finished yet.
create table upload_parts (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    upload_id uuid not null,
    part      bigint not null,
    object    text not null check (length(object) <= 200),
    draft     text,
    size      bigint not null check (size > 0),
    primary key (tenant_id, upload_id, part),
    unique (tenant_id, object),
    foreign key (tenant_id, upload_id) references uploads (tenant_id, upload_id) on delete cascade
);

-- Bytes that a person's uploads may come to, from their creation on.
create table upload_usage (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    user_id   uuid not null,
    bytes     bigint not null check (bytes >= 0),
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id) on delete cascade
);

do $$
declare
    t text;
begin
    foreach t in array array['uploads', 'upload_parts', 'upload_usage']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;

reset role;
