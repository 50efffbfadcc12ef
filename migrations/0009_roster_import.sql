-- What an import needs to know from one run to the next: when the source last changed a row, the runs themselves; and two
-- things that a roster says about people: who their guardians are, and their demographics.
set local role bw_owner;

-- OneRoster's dateLastModified, where the source gives one: an older word never overwrites a newer one.
alter table orgs add modified_at timestamptz;
alter table academic_sessions add modified_at timestamptz;
alter table courses add modified_at timestamptz;
alter table sections add modified_at timestamptz;
alter table users add modified_at timestamptz;
alter table user_roles add modified_at timestamptz;
alter table enrollments add modified_at timestamptz;
alter table categories add modified_at timestamptz;
alter table line_items add modified_at timestamptz;

-- Who acts for a user: parents, guardians, relatives. What they are is said by the agent's own roles. A link: it may be deleted.
create table user_agents (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    user_id       uuid not null,
    agent_user_id uuid not null,
    primary key (tenant_id, user_id, agent_user_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id),
    foreign key (tenant_id, agent_user_id) references users (tenant_id, user_id)
);
create index user_agents_by_agent on user_agents (tenant_id, agent_user_id);

-- Apart from users, because hardly anybody may read it. Nothing refers to it, so what the source takes back is deleted.
create table demographics (
    tenant_id                                   uuid not null default current_setting('bw.tenant')::uuid,
    user_id                                     uuid not null,
    source                                      text not null,
    sourced_id                                  text not null,
    birth_date                                  date,
    sex                                         text,
    american_indian_or_alaska_native            boolean,
    asian                                       boolean,
    black_or_african_american                   boolean,
    native_hawaiian_or_other_pacific_islander   boolean,
    white                                       boolean,
    two_or_more_races                           boolean,
    hispanic_or_latino_ethnicity                boolean,
    country_of_birth                            text,
    state_of_birth                              text,
    city_of_birth                               text,
    public_school_residence_status              text,
    modified_at                                 timestamptz,
    primary key (tenant_id, user_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id)
);

-- One row for each run of an import that meant to write. A run that its process did not live to finish stays `running`.
create table roster_imports (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid,
    import_id   uuid not null,
    source      text not null,
    mode        text not null check (mode in ('bulk', 'delta', 'mixed')),
    digest      bytea not null, -- SHA-256 of the package and of what was asked of it
    started_at  timestamptz not null,
    finished_at timestamptz check ((finished_at is null) = (outcome = 'running')),
    outcome     text not null check (outcome in ('running', 'applied', 'unchanged', 'failed')),
    counts      jsonb not null default '{}',
    error_code  text, -- code and place alone: what a message quotes may be somebody's name
    error_place text,
    primary key (tenant_id, import_id)
);
create index roster_imports_by_source on roster_imports (tenant_id, source, finished_at);

do $$
declare
    t text;
begin
    foreach t in array array['user_agents', 'demographics', 'roster_imports']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update on %I to bw_app', t);
    end loop;
end $$;
grant delete on user_agents, demographics to bw_app;

reset role;
