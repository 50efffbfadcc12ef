-- Passwords for people: what lets somebody choose one, and what is asked of it.
set local role bw_owner;

-- A right to choose one person's password, once and for a while. The secret is not kept: only its MAC under a key that the database does
-- not have. It is bound to the credential that stood when it was made: whatever changes that ends it.
create table vouchers (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid,
    voucher_id uuid not null,
    user_id    uuid not null,
    kind       text not null check (kind in ('reset', 'invitation', 'card')),
    mac        bytea not null check (length(mac) = 32),
    made_by    uuid,        -- null: asked for at the sign-in page
    made_at    timestamptz not null,
    expires_at timestamptz not null,
    changed_at timestamptz, -- the credential's; null: there was none
    ended_at   timestamptz,
    ending     text check (ending in ('used', 'revoked', 'replaced')),
    primary key (tenant_id, voucher_id),
    unique (tenant_id, mac),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id) on delete cascade,
    check ((ended_at is null) = (ending is null))
);
create unique index vouchers_open on vouchers (tenant_id, user_id, kind) where ended_at is null;
create index vouchers_by_user on vouchers (tenant_id, user_id, made_at);
create index vouchers_by_kind on vouchers (tenant_id, kind, made_at, voucher_id);

-- A short code for a class, with which those students whom its teacher opened choose a password each.
create table class_codes (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    class_code_id uuid not null,
    section_id    uuid not null,
    mac           bytea not null check (length(mac) = 32),
    made_by       uuid not null,
    made_at       timestamptz not null,
    expires_at    timestamptz not null,
    ended_at      timestamptz,
    misses        integer not null default 0, -- the right code with a name for which it was not open
    primary key (tenant_id, class_code_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id)
);
create unique index class_codes_open on class_codes (tenant_id, section_id) where ended_at is null;
create unique index class_codes_by_mac on class_codes (tenant_id, mac) where ended_at is null;
create index class_codes_by_section on class_codes (tenant_id, section_id, made_at);

create table class_code_students (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    class_code_id uuid not null,
    user_id       uuid not null,
    changed_at    timestamptz, -- as a voucher's
    used_at       timestamptz,
    primary key (tenant_id, class_code_id, user_id),
    foreign key (tenant_id, class_code_id) references class_codes (tenant_id, class_code_id) on delete cascade,
    foreign key (tenant_id, user_id) references users (tenant_id, user_id) on delete cascade
);
create index class_code_students_by_user on class_code_students (tenant_id, user_id);

-- What an institution asks of passwords; without a row the program's defaults.
create table password_policies (
    tenant_id             uuid not null default current_setting('bw.tenant')::uuid primary key,
    staff_chars_min       integer not null,
    student_chars_min     integer not null,
    shared_device_minutes integer not null,
    version               bigint not null,
    changed_at            timestamptz not null
);

-- Tries counted by the name that was tried, whether anybody has it: in cells that names fall into by a keyed hash, so that what is kept
-- says nothing and stays bounded.
create table try_cells (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    purpose   text not null,
    cell      integer not null,
    began_at  timestamptz not null,
    tries     integer not null,
    primary key (tenant_id, purpose, cell)
) with (fillfactor = 80);

do $$
declare
    t record;
begin
    for t in select * from (values ('vouchers', 'select, insert, update, delete'), ('class_codes', 'select, insert, update, delete'),
                                   ('class_code_students', 'select, insert, update, delete'),
                                   ('password_policies', 'select, insert, update'),
                                   ('try_cells', 'select, insert, update, delete')) as w (name, may)
    loop
        execute format('alter table %I enable row level security', t.name);
        execute format('alter table %I force row level security', t.name);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t.name);
        execute format('grant %s on %I to bw_app', t.may, t.name);
    end loop;
end $$;

-- Begun on a device that others use next.
alter table refresh_families add column shared_device boolean not null default false;

reset role;
