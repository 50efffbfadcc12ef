-- Federation: providers where an institution's people sign in, and who they are there.
set local role bw_owner;

create table identity_providers (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    provider_id   uuid not null,
    version       bigint not null default 1,
    name          text not null check (length(name) <= 100),
    preset        text not null,
    enabled       boolean not null,
    issuer        text not null,
    client_id     text not null,
    client_auth   text not null,
    client_secret bytea, -- sealed under a key that the database does not have
    settings      jsonb not null,
    primary key (tenant_id, provider_id),
    check ((client_auth = 'none') = (client_secret is null))
);

-- The key is the issuer and its name for the person (OpenID Connect Core 1.0, section 2), and nobody has two names at one provider: an
-- address that was given to somebody else does not lead to who had it before.
create table federated_identities (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid,
    identity_id uuid not null,
    provider_id uuid not null,
    issuer      text not null,
    subject     text not null check (length(subject) <= 255),
    user_id     uuid not null,
    linked_by   text not null check (linked_by in ('email', 'sourced_id', 'username', 'consent', 'creation')),
    linked_at   timestamptz not null,
    primary key (tenant_id, identity_id),
    unique (tenant_id, issuer, subject),
    unique (tenant_id, provider_id, user_id),
    foreign key (tenant_id, provider_id) references identity_providers (tenant_id, provider_id) on delete cascade,
    foreign key (tenant_id, user_id) references users (tenant_id, user_id) on delete cascade
);
create index federated_identities_of_users on federated_identities (tenant_id, user_id);

-- Codes that were exchanged for tokens: each once. They are good for a minute.
create table federation_codes (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    code_id    uuid not null,
    expires_at timestamptz not null,
    primary key (tenant_id, code_id)
);

-- Whom a provider's verified address is about.
create index users_by_email on users (tenant_id, lower(email)) where status = 'active';

do $$
declare
    t text;
begin
    foreach t in array array['identity_providers', 'federated_identities', 'federation_codes']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, delete on %I to bw_app', t);
    end loop;
end $$;
grant update on identity_providers to bw_app;

reset role;
