-- The roster: what an institution's information system says about its orgs, sessions, courses, sections, people.
--
-- The key of a row from outside is (tenant, source, sourced_id). Rows are never deleted: what disappears from the source
-- becomes inactive, so that a submission or an audit line keeps what it refers to.
set local role bw_owner;

create table orgs (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    org_id        uuid not null,
    source        text not null,
    sourced_id    text not null,
    status        text not null default 'active' check (status in ('active', 'inactive')),
    name          text not null,
    type          text not null,
    identifier    text,
    parent_org_id uuid,
    primary key (tenant_id, org_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, parent_org_id) references orgs (tenant_id, org_id)
);

create table academic_sessions (
    tenant_id           uuid not null default current_setting('bw.tenant')::uuid,
    academic_session_id uuid not null,
    source              text not null,
    sourced_id          text not null,
    status              text not null default 'active' check (status in ('active', 'inactive')),
    title               text not null,
    type                text not null,
    start_date          date not null,
    end_date            date not null,
    school_year         text,
    parent_session_id   uuid,
    primary key (tenant_id, academic_session_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, parent_session_id) references academic_sessions (tenant_id, academic_session_id),
    check (end_date >= start_date)
);

create table courses (
    tenant_id              uuid not null default current_setting('bw.tenant')::uuid,
    course_id              uuid not null,
    source                 text not null,
    sourced_id             text not null,
    status                 text not null default 'active' check (status in ('active', 'inactive')),
    title                  text not null,
    course_code            text,
    org_id                 uuid not null,
    school_year_session_id uuid,
    primary key (tenant_id, course_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, org_id) references orgs (tenant_id, org_id),
    foreign key (tenant_id, school_year_session_id) references academic_sessions (tenant_id, academic_session_id)
);

-- OneRoster's classes.
create table sections (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    section_id    uuid not null,
    source        text not null,
    sourced_id    text not null,
    status        text not null default 'active' check (status in ('active', 'inactive')),
    title         text not null,
    class_code    text,
    class_type    text not null,
    location      text,
    course_id     uuid not null,
    school_org_id uuid not null,
    primary key (tenant_id, section_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, course_id) references courses (tenant_id, course_id),
    foreign key (tenant_id, school_org_id) references orgs (tenant_id, org_id)
);

-- Which terms a section runs in. A link and no entity: nothing refers to it, so it may be deleted.
create table section_terms (
    tenant_id           uuid not null default current_setting('bw.tenant')::uuid,
    section_id          uuid not null,
    academic_session_id uuid not null,
    primary key (tenant_id, section_id, academic_session_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id),
    foreign key (tenant_id, academic_session_id) references academic_sessions (tenant_id, academic_session_id)
);

create table users (
    tenant_id       uuid not null default current_setting('bw.tenant')::uuid,
    user_id         uuid not null,
    source          text not null,
    sourced_id      text not null,
    -- Inactive too while the source says enabledUser = false.
    status          text not null default 'active' check (status in ('active', 'inactive')),
    username        text not null,
    -- What is compared: without case (roster::username_normal). An inactive user's name is free for the next one.
    username_normal text collate "C" check ((username_normal is not null) = (status = 'active')),
    given_name      text not null,
    family_name     text not null,
    email           text,
    identifier      text,
    primary_org_id  uuid,
    primary key (tenant_id, user_id),
    unique (tenant_id, source, sourced_id),
    -- Checked at the end of each statement, so that two users can swap names in one import.
    constraint users_username unique (tenant_id, username_normal) deferrable initially immediate,
    foreign key (tenant_id, primary_org_id) references orgs (tenant_id, org_id)
);

create table user_roles (
    tenant_id    uuid not null default current_setting('bw.tenant')::uuid,
    user_role_id uuid not null,
    source       text not null,
    sourced_id   text not null,
    status       text not null default 'active' check (status in ('active', 'inactive')),
    user_id      uuid not null,
    org_id       uuid not null,
    role         text not null,
    role_type    text not null,
    begin_date   date,
    end_date     date,
    primary key (tenant_id, user_role_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id),
    foreign key (tenant_id, org_id) references orgs (tenant_id, org_id)
);
create index user_roles_by_user on user_roles (tenant_id, user_id);

create table enrollments (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    enrollment_id uuid not null,
    source        text not null,
    sourced_id    text not null,
    status        text not null default 'active' check (status in ('active', 'inactive')),
    section_id    uuid not null,
    school_org_id uuid not null,
    user_id       uuid not null,
    role          text not null check (role in ('administrator', 'proctor', 'student', 'teacher')),
    is_primary    boolean not null,
    begin_date    date,
    end_date      date,
    primary key (tenant_id, enrollment_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id),
    foreign key (tenant_id, school_org_id) references orgs (tenant_id, org_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id)
);
create index enrollments_by_user on enrollments (tenant_id, user_id);
create index enrollments_by_section on enrollments (tenant_id, section_id);

create table categories (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid,
    category_id uuid not null,
    source      text not null,
    sourced_id  text not null,
    status      text not null default 'active' check (status in ('active', 'inactive')),
    title       text not null,
    weight      double precision,
    primary key (tenant_id, category_id),
    unique (tenant_id, source, sourced_id)
);

-- What is due. The roster says a day (whose hour and zone are the institution's) or an instant.
create table line_items (
    tenant_id                 uuid not null default current_setting('bw.tenant')::uuid,
    line_item_id              uuid not null,
    source                    text not null,
    sourced_id                text not null,
    status                    text not null default 'active' check (status in ('active', 'inactive')),
    title                     text not null,
    description               text,
    section_id                uuid not null,
    category_id               uuid,
    grading_period_session_id uuid,
    school_org_id             uuid,
    assign_date               date not null,
    due_date                  date,
    due_at_given              timestamptz,
    points_min                double precision,
    points_max                double precision,
    primary key (tenant_id, line_item_id),
    unique (tenant_id, source, sourced_id),
    foreign key (tenant_id, section_id) references sections (tenant_id, section_id),
    foreign key (tenant_id, category_id) references categories (tenant_id, category_id),
    foreign key (tenant_id, grading_period_session_id) references academic_sessions (tenant_id, academic_session_id),
    foreign key (tenant_id, school_org_id) references orgs (tenant_id, org_id),
    check ((due_date is null) <> (due_at_given is null))
);
create index line_items_by_section on line_items (tenant_id, section_id);

do $$
declare
    t text;
begin
    foreach t in array array['orgs', 'academic_sessions', 'courses', 'sections', 'section_terms', 'users', 'user_roles',
                             'enrollments', 'categories', 'line_items']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update on %I to bw_app', t);
    end loop;
end $$;
grant delete on section_terms to bw_app;

reset role;
