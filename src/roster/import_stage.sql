-- Staging: a package as temporary tables, and what is wrong between its rows.
--
-- staged_*   rows as they stand in the files, references by sourcedId; `line` is where the row begins, `new_id` its id should it be
--            unknown, `gone` what a delta takes back.
-- target_*   what a reference may lead to once this import is done: the rows of the package, and what is known already where the
--            file is a delta or absent.
-- planned_*  what import_plan.sql decides to write.

-- name: lock_roster
-- Imports of one tenant wait for each other.
select pg_advisory_xact_lock(hashtextextended('roster ' || current_setting('bw.tenant'), 0))

-- name: tune_transaction
-- The server gives up when we do: $1 milliseconds. Joins of whole rosters get some memory before they go to disk, and are never
-- nested loops, which the planner takes for a roster that came a minute ago and has no statistics yet.
select set_config('statement_timeout', $1, true), set_config('work_mem', '64MB', true), set_config('enable_nestloop',
    'off', true)

-- name: stage_orgs
create temporary table staged_orgs (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    name text, type text, identifier text, parent text
) on commit drop

-- name: copy_orgs
copy staged_orgs from stdin

-- name: stage_academic_sessions
create temporary table staged_academic_sessions (line bigint, new_id uuid, gone boolean, modified_at timestamptz,
    sourced_id text, title text, type text, start_date date, end_date date, school_year text, parent text
) on commit drop

-- name: copy_academic_sessions
copy staged_academic_sessions from stdin

-- name: stage_courses
create temporary table staged_courses (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    title text, course_code text, org text, school_year text
) on commit drop

-- name: copy_courses
copy staged_courses from stdin

-- name: stage_sections
create temporary table staged_sections (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    title text, class_code text, class_type text, location text, course text, school text
) on commit drop

-- name: copy_sections
copy staged_sections from stdin

-- name: stage_users
create temporary table staged_users (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    status text, username text, username_normal text collate "C", given_name text, family_name text, email text,
    identifier text, primary_org text
) on commit drop

-- name: copy_users
copy staged_users from stdin

-- name: stage_user_roles
create temporary table staged_user_roles (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    owner text, org text, role text, role_type text, begin_date date, end_date date
) on commit drop

-- name: copy_user_roles
copy staged_user_roles from stdin

-- name: stage_demographics
create temporary table staged_demographics (line bigint, new_id uuid, gone boolean, modified_at timestamptz,
    sourced_id text, birth_date date, sex text, american_indian_or_alaska_native boolean, asian boolean,
    black_or_african_american boolean, native_hawaiian_or_other_pacific_islander boolean, white boolean,
    two_or_more_races boolean, hispanic_or_latino_ethnicity boolean, country_of_birth text, state_of_birth text,
    city_of_birth text, public_school_residence_status text
) on commit drop

-- name: copy_demographics
copy staged_demographics from stdin

-- name: stage_enrollments
create temporary table staged_enrollments (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    section text, school text, member text, role text, is_primary boolean, begin_date date, end_date date
) on commit drop

-- name: copy_enrollments
copy staged_enrollments from stdin

-- name: stage_categories
create temporary table staged_categories (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    title text, weight double precision
) on commit drop

-- name: copy_categories
copy staged_categories from stdin

-- name: stage_line_items
create temporary table staged_line_items (line bigint, new_id uuid, gone boolean, modified_at timestamptz, sourced_id text,
    title text, description text, section text, category text, grading_period text, school text, assign_date date,
    due_date date, due_at_given timestamptz, points_min double precision, points_max double precision
) on commit drop

-- name: copy_line_items
copy staged_line_items from stdin

-- name: stage_section_terms
create temporary table staged_section_terms (line bigint, section text, academic_session text) on commit drop

-- name: copy_section_terms
copy staged_section_terms from stdin

-- name: stage_user_agents
create temporary table staged_user_agents (line bigint, owner text, agent text) on commit drop

-- name: copy_user_agents
copy staged_user_agents from stdin

-- name: stage_target_orgs
-- 255 characters is as long as a sourcedId may be; so narrow a table needs no TOAST table beside it, which halves its cost.
create temporary table target_orgs (sourced_id varchar(255), id uuid, parent text) on commit drop

-- name: stage_target_academic_sessions
create temporary table target_academic_sessions (sourced_id varchar(255), id uuid, parent text) on commit drop

-- name: stage_target_courses
create temporary table target_courses (sourced_id varchar(255), id uuid) on commit drop

-- name: stage_target_sections
create temporary table target_sections (sourced_id varchar(255), id uuid) on commit drop

-- name: stage_target_users
create temporary table target_users (sourced_id varchar(255), id uuid) on commit drop

-- name: stage_target_categories
create temporary table target_categories (sourced_id varchar(255), id uuid) on commit drop

-- name: stage_planned_orgs
create temporary table planned_orgs (like orgs including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_academic_sessions
create temporary table planned_academic_sessions (like academic_sessions including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_courses
create temporary table planned_courses (like courses including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_sections
create temporary table planned_sections (like sections including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_users
create temporary table planned_users (like users including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_user_roles
create temporary table planned_user_roles (like user_roles including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_demographics
create temporary table planned_demographics (like demographics including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_enrollments
create temporary table planned_enrollments (like enrollments including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_categories
create temporary table planned_categories (like categories including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_line_items
create temporary table planned_line_items (like line_items including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_section_terms
create temporary table planned_section_terms (like section_terms including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: stage_planned_user_agents
create temporary table planned_user_agents (like user_agents including defaults, op varchar(11) not null,
    gone_at timestamptz) on commit drop

-- name: analyze_staged
-- Without statistics the planner takes nested loops.
analyze staged_orgs, staged_academic_sessions, staged_courses, staged_sections, staged_users, staged_user_roles,
    staged_demographics, staged_enrollments, staged_categories, staged_line_items, staged_section_terms, staged_user_agents

-- name: analyze_targets
analyze target_orgs, target_academic_sessions, target_courses, target_sections, target_users, target_categories

-- name: unstage
-- So that one transaction may import twice.
drop table staged_orgs, staged_academic_sessions, staged_courses, staged_sections, staged_users, staged_user_roles,
    staged_demographics, staged_enrollments, staged_categories, staged_line_items, staged_section_terms, staged_user_agents,
    target_orgs, target_academic_sessions, target_courses, target_sections, target_users, target_categories, planned_orgs,
    planned_academic_sessions, planned_courses, planned_sections, planned_users, planned_user_roles, planned_demographics,
    planned_enrollments, planned_categories, planned_line_items, planned_section_terms, planned_user_agents
