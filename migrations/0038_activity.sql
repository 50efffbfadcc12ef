-- What people opened, for reports of engagement: page views, and materials, assignments, announcements that were looked at.
set local role bw_owner;

-- No foreign keys: what was acknowledged is recorded or left out, and never stops what comes with it. `occurred_at` is by the server's clock,
-- from the client's account of how long before it was sent. A row goes when it is old, or its person is erased.
create table activities (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid,
    user_id     uuid not null,
    activity_id uuid not null, -- the client's: sent again, it is the same
    kind        text not null,
    page        text check ((kind = 'page_viewed') = (page is not null)),
    subject_id  uuid,
    section_id  uuid check ((section_id is null) = (subject_id is null)), -- the subject's
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    primary key (tenant_id, user_id, activity_id)
);
create index activities_by_age on activities (tenant_id, received_at);

-- Does an institution want it kept? Without a row it does.
create table activity_policies (
    tenant_id  uuid not null default current_setting('bw.tenant')::uuid primary key,
    version    bigint not null,
    kept       boolean not null,
    changed_at timestamptz not null
);

do $$
declare
    t text;
begin
    foreach t in array array['activities', 'activity_policies'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;
reset role;

alter publication bw_reporting add table
    public.activities (tenant_id, user_id, activity_id, kind, page, subject_id, section_id, occurred_at, received_at);
