-- Marking: schemes, marks, released grades, requests for another look. Points are hundredths.
set local role bw_owner;

-- One row for each assignment that is marked. `version` is the scheme in force.
create table marking (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    assignment_id uuid not null,
    version       bigint not null,
    anonymous     boolean not null,
    opened_at     timestamptz, -- since then identities are known
    opened_by     uuid,
    check ((opened_at is null) = (opened_by is null)),
    primary key (tenant_id, assignment_id),
    foreign key (tenant_id, assignment_id) references assignments (tenant_id, assignment_id)
);

-- Never changed: marks and grades name the version that they were given by.
create table marking_schemes (
    tenant_id       uuid not null default current_setting('bw.tenant')::uuid,
    assignment_id   uuid not null,
    version         bigint not null,
    points_max      bigint not null check (points_max between 0 and 1000000),
    rubric          jsonb, -- see marking/scheme.hpp
    answer_key      jsonb, -- see marking/answer_key.hpp; no student sees it
    counts          text not null check (counts in ('latest', 'best')),
    tolerance       bigint check (tolerance >= 0), -- of two markers; null: there is one
    regrade_seconds bigint check (regrade_seconds > 0), -- null: no requests
    made_by         uuid not null,
    made_at         timestamptz not null,
    primary key (tenant_id, assignment_id, version),
    foreign key (tenant_id, assignment_id) references marking (tenant_id, assignment_id)
);

create table marks (
    tenant_id      uuid not null default current_setting('bw.tenant')::uuid,
    assignment_id  uuid not null,
    user_id        uuid not null, -- whose work it is about
    kind           text not null check (kind in ('automatic', 'first', 'second', 'agreed')),
    marker_id      uuid check ((kind = 'automatic') = (marker_id is null)),
    done           boolean not null,
    scheme_version bigint not null,
    submission_id  uuid,
    points         bigint check (points between 0 and 1000000), -- null: not complete
    content        jsonb not null,
    version        bigint not null default 1,
    changed_at     timestamptz not null,
    check (points is not null or not done),
    primary key (tenant_id, assignment_id, user_id, kind),
    foreign key (tenant_id, assignment_id) references marking (tenant_id, assignment_id)
);
create index marks_by_user on marks (tenant_id, user_id);

-- What students were told, each entry for good; the newest counts. Rows go only with the person.
create table grades (
    tenant_id      uuid not null default current_setting('bw.tenant')::uuid,
    assignment_id  uuid not null,
    user_id        uuid not null,
    number         bigint not null,
    scheme_version bigint not null,
    points         bigint not null,
    content        jsonb not null,
    submission_id  uuid,
    reason         text check (number = 1 or reason is not null),
    released_by    uuid not null,
    released_at    timestamptz not null,
    primary key (tenant_id, assignment_id, user_id, number),
    foreign key (tenant_id, assignment_id) references marking (tenant_id, assignment_id)
);
create index grades_by_user on grades (tenant_id, user_id);

create table regrade_requests (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    regrade_id    uuid not null,
    assignment_id uuid not null,
    user_id       uuid not null,
    number        bigint not null, -- of the grade that it is about
    state         text not null check (state in ('open', 'upheld', 'changed', 'withdrawn')),
    text          text not null,
    made_at       timestamptz not null,
    answer        text,
    ended_by      uuid,
    ended_at      timestamptz,
    check ((state = 'open') = (ended_at is null)),
    primary key (tenant_id, regrade_id),
    unique (tenant_id, assignment_id, user_id, number),
    foreign key (tenant_id, assignment_id) references marking (tenant_id, assignment_id)
);
create index regrade_requests_by_assignment on regrade_requests (tenant_id, assignment_id, made_at, regrade_id);
create index regrade_requests_by_user on regrade_requests (tenant_id, user_id);

-- What an institution wants; without a row nobody is written to.
create table marking_policies (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid primary key,
    version       bigint not null,
    grade_notices boolean not null,
    changed_at    timestamptz not null
);

do $$
declare
    t record;
begin
    for t in select * from (values ('marking', 'select, insert, update'), ('marking_schemes', 'select, insert'),
                                   ('marks', 'select, insert, update, delete'), ('grades', 'select, insert, delete'),
                                   ('regrade_requests', 'select, insert, update, delete'),
                                   ('marking_policies', 'select, insert, update')) as w (name, may)
    loop
        execute format('alter table %I enable row level security', t.name);
        execute format('alter table %I force row level security', t.name);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t.name);
        execute format('grant %s on %I to bw_app', t.may, t.name);
    end loop;
end $$;

-- While an assignment is marked anonymously its teachers are not told who handed in what.
alter table assignments add identities_hidden boolean not null default false;
reset role;
