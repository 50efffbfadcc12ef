-- The import: one block for each entity, all of the same shape, then one for the links of sections to terms.
--
-- known_*   the ids of a source's rows, so that new rows get fresh ids and references are resolved before anything is sent.
-- stage_* and copy_*   the package as a temporary table: id, whether it is fresh, then the columns.
--           The key is for the planner: without statistics it takes nested loops, which must not scan a whole stage.
-- merge_*   writes the difference and counts it (added, changed, removed). The three parts see the same snapshot and touch
--           different rows; keys are checked when the statement ends, so usernames may be swapped.

-- name: lock_roster
-- Imports of one tenant wait for each other.
select pg_advisory_xact_lock(hashtextextended('roster ' || current_setting('bw.tenant'), 0))

-- name: username_taken
-- A name that the package gives to an active user while another source's active user has it. $1 source.
select s.sourced_id, t.source, t.sourced_id, s.username
from staged_users s join users t on t.username_normal = s.username_normal
where t.source <> $1
order by s.sourced_id
limit 1

-- name: known_orgs
-- $1 source.
select sourced_id, org_id from orgs where source = $1

-- name: stage_orgs
create temporary table staged_orgs (
    id uuid primary key, fresh boolean not null, sourced_id text not null, name text, type text,
    identifier text, parent_org_id uuid
) on commit drop

-- name: copy_orgs
copy staged_orgs from stdin

-- name: merge_orgs
-- $1 source.
with changed as (
    update orgs t
    set status = 'active', name = s.name, type = s.type, identifier = s.identifier,
        parent_org_id = s.parent_org_id
    from staged_orgs s
    where t.org_id = s.id and not s.fresh
      and (t.status, t.name, t.type, t.identifier, t.parent_org_id)
          is distinct from
          ('active', s.name, s.type, s.identifier, s.parent_org_id)
    returning 1
), added as (
    insert into orgs (org_id, source, sourced_id, status, name, type, identifier, parent_org_id)
    select s.id, $1, s.sourced_id, 'active', s.name, s.type, s.identifier, s.parent_org_id
    from staged_orgs s where s.fresh
    returning 1
), removed as (
    update orgs t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_orgs s where s.id = t.org_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_academic_sessions
-- $1 source.
select sourced_id, academic_session_id from academic_sessions where source = $1

-- name: stage_academic_sessions
create temporary table staged_academic_sessions (
    id uuid primary key, fresh boolean not null, sourced_id text not null, title text, type text,
    start_date date, end_date date, school_year text, parent_session_id uuid
) on commit drop

-- name: copy_academic_sessions
copy staged_academic_sessions from stdin

-- name: merge_academic_sessions
-- $1 source.
with changed as (
    update academic_sessions t
    set status = 'active', title = s.title, type = s.type, start_date = s.start_date, end_date = s.end_date,
        school_year = s.school_year, parent_session_id = s.parent_session_id
    from staged_academic_sessions s
    where t.academic_session_id = s.id and not s.fresh
      and (t.status, t.title, t.type, t.start_date, t.end_date, t.school_year, t.parent_session_id)
          is distinct from
          ('active', s.title, s.type, s.start_date, s.end_date, s.school_year, s.parent_session_id)
    returning 1
), added as (
    insert into academic_sessions (academic_session_id, source, sourced_id, status, title, type, start_date, end_date, school_year,
        parent_session_id)
    select s.id, $1, s.sourced_id, 'active', s.title, s.type, s.start_date, s.end_date, s.school_year,
        s.parent_session_id
    from staged_academic_sessions s where s.fresh
    returning 1
), removed as (
    update academic_sessions t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_academic_sessions s where s.id = t.academic_session_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_courses
-- $1 source.
select sourced_id, course_id from courses where source = $1

-- name: stage_courses
create temporary table staged_courses (
    id uuid primary key, fresh boolean not null, sourced_id text not null, title text, course_code text,
    org_id uuid, school_year_session_id uuid
) on commit drop

-- name: copy_courses
copy staged_courses from stdin

-- name: merge_courses
-- $1 source.
with changed as (
    update courses t
    set status = 'active', title = s.title, course_code = s.course_code, org_id = s.org_id,
        school_year_session_id = s.school_year_session_id
    from staged_courses s
    where t.course_id = s.id and not s.fresh
      and (t.status, t.title, t.course_code, t.org_id, t.school_year_session_id)
          is distinct from
          ('active', s.title, s.course_code, s.org_id, s.school_year_session_id)
    returning 1
), added as (
    insert into courses (course_id, source, sourced_id, status, title, course_code, org_id, school_year_session_id)
    select s.id, $1, s.sourced_id, 'active', s.title, s.course_code, s.org_id, s.school_year_session_id
    from staged_courses s where s.fresh
    returning 1
), removed as (
    update courses t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_courses s where s.id = t.course_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_sections
-- $1 source.
select sourced_id, section_id from sections where source = $1

-- name: stage_sections
create temporary table staged_sections (
    id uuid primary key, fresh boolean not null, sourced_id text not null, title text, class_code text,
    class_type text, location text, course_id uuid, school_org_id uuid
) on commit drop

-- name: copy_sections
copy staged_sections from stdin

-- name: merge_sections
-- $1 source.
with changed as (
    update sections t
    set status = 'active', title = s.title, class_code = s.class_code, class_type = s.class_type,
        location = s.location, course_id = s.course_id, school_org_id = s.school_org_id
    from staged_sections s
    where t.section_id = s.id and not s.fresh
      and (t.status, t.title, t.class_code, t.class_type, t.location, t.course_id, t.school_org_id)
          is distinct from
          ('active', s.title, s.class_code, s.class_type, s.location, s.course_id, s.school_org_id)
    returning 1
), added as (
    insert into sections (section_id, source, sourced_id, status, title, class_code, class_type, location, course_id,
        school_org_id)
    select s.id, $1, s.sourced_id, 'active', s.title, s.class_code, s.class_type, s.location, s.course_id,
        s.school_org_id
    from staged_sections s where s.fresh
    returning 1
), removed as (
    update sections t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_sections s where s.id = t.section_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_users
-- $1 source.
select sourced_id, user_id from users where source = $1

-- name: stage_users
create temporary table staged_users (
    id uuid primary key, fresh boolean not null, sourced_id text not null, status text, username text,
    username_normal text, given_name text, family_name text, email text, identifier text, primary_org_id uuid
) on commit drop

-- name: copy_users
copy staged_users from stdin

-- name: merge_users
-- $1 source.
with changed as (
    update users t
    set status = s.status, username = s.username, username_normal = s.username_normal,
        given_name = s.given_name, family_name = s.family_name, email = s.email, identifier = s.identifier,
        primary_org_id = s.primary_org_id
    from staged_users s
    where t.user_id = s.id and not s.fresh
      and (t.status, t.username, t.username_normal, t.given_name, t.family_name, t.email, t.identifier,
           t.primary_org_id)
          is distinct from
          (s.status, s.username, s.username_normal, s.given_name, s.family_name, s.email, s.identifier,
           s.primary_org_id)
    returning 1
), added as (
    insert into users (user_id, source, sourced_id, status, username, username_normal, given_name, family_name, email,
        identifier, primary_org_id)
    select s.id, $1, s.sourced_id, s.status, s.username, s.username_normal, s.given_name, s.family_name, s.email,
        s.identifier, s.primary_org_id
    from staged_users s where s.fresh
    returning 1
), removed as (
    update users t set status = 'inactive', username_normal = null
    where t.source = $1 and t.status = 'active' and not exists (select from staged_users s where s.id = t.user_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_user_roles
-- $1 source.
select sourced_id, user_role_id from user_roles where source = $1

-- name: stage_user_roles
create temporary table staged_user_roles (
    id uuid primary key, fresh boolean not null, sourced_id text not null, user_id uuid, org_id uuid, role text,
    role_type text, begin_date date, end_date date
) on commit drop

-- name: copy_user_roles
copy staged_user_roles from stdin

-- name: merge_user_roles
-- $1 source.
with changed as (
    update user_roles t
    set status = 'active', user_id = s.user_id, org_id = s.org_id, role = s.role, role_type = s.role_type,
        begin_date = s.begin_date, end_date = s.end_date
    from staged_user_roles s
    where t.user_role_id = s.id and not s.fresh
      and (t.status, t.user_id, t.org_id, t.role, t.role_type, t.begin_date, t.end_date)
          is distinct from
          ('active', s.user_id, s.org_id, s.role, s.role_type, s.begin_date, s.end_date)
    returning 1
), added as (
    insert into user_roles (user_role_id, source, sourced_id, status, user_id, org_id, role, role_type, begin_date, end_date)
    select s.id, $1, s.sourced_id, 'active', s.user_id, s.org_id, s.role, s.role_type, s.begin_date, s.end_date
    from staged_user_roles s where s.fresh
    returning 1
), removed as (
    update user_roles t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_user_roles s where s.id = t.user_role_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_enrollments
-- $1 source.
select sourced_id, enrollment_id from enrollments where source = $1

-- name: stage_enrollments
create temporary table staged_enrollments (
    id uuid primary key, fresh boolean not null, sourced_id text not null, section_id uuid, school_org_id uuid,
    user_id uuid, role text, is_primary boolean, begin_date date, end_date date
) on commit drop

-- name: copy_enrollments
copy staged_enrollments from stdin

-- name: merge_enrollments
-- $1 source.
with changed as (
    update enrollments t
    set status = 'active', section_id = s.section_id, school_org_id = s.school_org_id, user_id = s.user_id,
        role = s.role, is_primary = s.is_primary, begin_date = s.begin_date, end_date = s.end_date
    from staged_enrollments s
    where t.enrollment_id = s.id and not s.fresh
      and (t.status, t.section_id, t.school_org_id, t.user_id, t.role, t.is_primary, t.begin_date, t.end_date)
          is distinct from
          ('active', s.section_id, s.school_org_id, s.user_id, s.role, s.is_primary, s.begin_date, s.end_date)
    returning 1
), added as (
    insert into enrollments (enrollment_id, source, sourced_id, status, section_id, school_org_id, user_id, role, is_primary,
        begin_date, end_date)
    select s.id, $1, s.sourced_id, 'active', s.section_id, s.school_org_id, s.user_id, s.role, s.is_primary,
        s.begin_date, s.end_date
    from staged_enrollments s where s.fresh
    returning 1
), removed as (
    update enrollments t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_enrollments s where s.id = t.enrollment_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_categories
-- $1 source.
select sourced_id, category_id from categories where source = $1

-- name: stage_categories
create temporary table staged_categories (
    id uuid primary key, fresh boolean not null, sourced_id text not null, title text, weight double precision
) on commit drop

-- name: copy_categories
copy staged_categories from stdin

-- name: merge_categories
-- $1 source.
with changed as (
    update categories t
    set status = 'active', title = s.title, weight = s.weight
    from staged_categories s
    where t.category_id = s.id and not s.fresh
      and (t.status, t.title, t.weight)
          is distinct from
          ('active', s.title, s.weight)
    returning 1
), added as (
    insert into categories (category_id, source, sourced_id, status, title, weight)
    select s.id, $1, s.sourced_id, 'active', s.title, s.weight
    from staged_categories s where s.fresh
    returning 1
), removed as (
    update categories t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_categories s where s.id = t.category_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: known_line_items
-- $1 source.
select sourced_id, line_item_id from line_items where source = $1

-- name: stage_line_items
create temporary table staged_line_items (
    id uuid primary key, fresh boolean not null, sourced_id text not null, title text, description text,
    section_id uuid, category_id uuid, grading_period_session_id uuid, school_org_id uuid, assign_date date,
    due_date date, due_at_given timestamptz, points_min double precision, points_max double precision
) on commit drop

-- name: copy_line_items
copy staged_line_items from stdin

-- name: merge_line_items
-- $1 source.
with changed as (
    update line_items t
    set status = 'active', title = s.title, description = s.description, section_id = s.section_id,
        category_id = s.category_id, grading_period_session_id = s.grading_period_session_id,
        school_org_id = s.school_org_id, assign_date = s.assign_date, due_date = s.due_date,
        due_at_given = s.due_at_given, points_min = s.points_min, points_max = s.points_max
    from staged_line_items s
    where t.line_item_id = s.id and not s.fresh
      and (t.status, t.title, t.description, t.section_id, t.category_id, t.grading_period_session_id,
           t.school_org_id, t.assign_date, t.due_date, t.due_at_given, t.points_min, t.points_max)
          is distinct from
          ('active', s.title, s.description, s.section_id, s.category_id, s.grading_period_session_id,
           s.school_org_id, s.assign_date, s.due_date, s.due_at_given, s.points_min, s.points_max)
    returning 1
), added as (
    insert into line_items (line_item_id, source, sourced_id, status, title, description, section_id, category_id,
        grading_period_session_id, school_org_id, assign_date, due_date, due_at_given, points_min, points_max)
    select s.id, $1, s.sourced_id, 'active', s.title, s.description, s.section_id, s.category_id,
        s.grading_period_session_id, s.school_org_id, s.assign_date, s.due_date, s.due_at_given, s.points_min,
        s.points_max
    from staged_line_items s where s.fresh
    returning 1
), removed as (
    update line_items t set status = 'inactive'
    where t.source = $1 and t.status = 'active' and not exists (select from staged_line_items s where s.id = t.line_item_id)
    returning 1
)
select (select count(*) from added), (select count(*) from changed), (select count(*) from removed)

-- name: stage_section_terms
create temporary table staged_section_terms (
    section_id uuid, academic_session_id uuid, primary key (section_id, academic_session_id)
) on commit drop

-- name: copy_section_terms
copy staged_section_terms from stdin

-- name: merge_section_terms
-- Only the links of sections that are in the package: one that disappeared keeps its terms.
with added as (
    insert into section_terms (section_id, academic_session_id)
    select s.section_id, s.academic_session_id from staged_section_terms s
    where not exists (select from section_terms t
                      where t.section_id = s.section_id and t.academic_session_id = s.academic_session_id)
    returning 1
), removed as (
    delete from section_terms t using staged_sections own
    where t.section_id = own.id
      and not exists (select from staged_section_terms s
                      where s.section_id = t.section_id and s.academic_session_id = t.academic_session_id)
    returning 1
)
select (select count(*) from added), 0::bigint, (select count(*) from removed)

-- name: unstage
-- So that one transaction may import twice.
drop table staged_orgs, staged_academic_sessions, staged_courses, staged_sections, staged_users, staged_user_roles,
    staged_enrollments, staged_categories, staged_line_items, staged_section_terms
