-- Sign-in beyond the password: an institution's policy, second factors, and what is known of failed attempts.
set local role bw_owner;

-- One row for an institution that changed something; without it the defaults hold.
create table sign_in_policies (
    tenant_id           uuid not null default current_setting('bw.tenant')::uuid,
    version             bigint not null check (version > 0),
    staff_second_factor boolean not null, -- must teachers and administrators have one?
    changed_at          timestamptz not null,
    primary key (tenant_id)
);
alter table sign_in_policies enable row level security;
alter table sign_in_policies force row level security;
create policy tenant on sign_in_policies to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update on sign_in_policies to bw_app;

-- A person's TOTP secret, sealed under the person's key. It counts from confirmed_at on. A step of 30 s is used up by the code that was
-- taken for it, and all before it.
create table second_factors (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    user_id       uuid not null,
    sealed_secret bytea not null,
    used_step     bigint not null,
    created_at    timestamptz not null,
    confirmed_at  timestamptz,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id) on delete cascade
);
alter table second_factors enable row level security;
alter table second_factors force row level security;
create policy tenant on second_factors to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, update, delete on second_factors to bw_app;

-- What stands in for a lost device, each once: a keyed hash of 80 random bits. A row goes when it is used.
create table recovery_codes (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    user_id   uuid not null,
    code_hash bytea not null check (octet_length(code_hash) = 32),
    primary key (tenant_id, user_id, code_hash),
    foreign key (tenant_id, user_id) references second_factors (tenant_id, user_id) on delete cascade
);
alter table recovery_codes enable row level security;
alter table recovery_codes force row level security;
create policy tenant on recovery_codes to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
grant select, insert, delete on recovery_codes to bw_app;

-- Failed attempts from unknown devices, known or unknown names alike: the account is a keyed hash. 0: the delay was lifted. Forgotten an
-- hour after the last one. The moment is the database's. Processes tell each other through it; none waits for it.
create table sign_in_failures (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    account   bytea not null check (octet_length(account) = 16),
    failures  integer not null check (failures >= 0),
    failed_at timestamptz not null,
    primary key (tenant_id, account)
);
create index sign_in_failures_by_time on sign_in_failures (failed_at);
alter table sign_in_failures enable row level security;
alter table sign_in_failures force row level security;
create policy tenant on sign_in_failures to bw_app
    using (tenant_id = current_setting('bw.tenant')::uuid) with check (tenant_id = current_setting('bw.tenant')::uuid);
create policy door_reads on sign_in_failures for select to bw_door using (true);
create policy door_forgets on sign_in_failures for delete to bw_door using (true);
grant select, insert, update on sign_in_failures to bw_app;
grant select, delete on sign_in_failures to bw_door;

-- ---- doors ----

-- What changed since `after`, the oldest first, and how old it is by the same clock.
create function control.sign_in_failures_since(after timestamptz, count_max integer)
returns table (account bytea, failures integer, failed_at timestamptz, age interval)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select f.account, f.failures, f.failed_at, now() - f.failed_at from public.sign_in_failures f
    where f.failed_at > after order by f.failed_at limit count_max
$$;

create function control.forget_sign_in_failures(count_max integer) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from public.sign_in_failures f where (f.tenant_id, f.account) in
        (select o.tenant_id, o.account from public.sign_in_failures o where o.failed_at < now() - interval '1 hour' limit count_max)
$$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace and p.proname in ('sign_in_failures_since', 'forget_sign_in_failures')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
        execute format('grant execute on function %s to bw_app', door);
    end loop;
end $$;
