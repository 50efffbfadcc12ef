-- Applying the plan: for each entity one statement, whose parts see the same snapshot and touch different rows. Keys are checked
-- when it ends, so usernames may be swapped, and parents may come with their children.

-- name: apply_roles_held
-- Before: who has which role by a row that will be written.
select r.user_id, r.role from user_roles r join planned_user_roles p on p.user_role_id = r.user_role_id
where r.status = 'active' and p.op <> 'added'

-- name: apply_shut_out
-- After: whoever of $1 has the role of $2 no longer, or is no longer active.
select u.user_id from unnest($1::uuid[], $2::text[]) as h (user_id, role) join users u on u.user_id = h.user_id
where not exists (select from user_roles r where r.user_id = h.user_id and r.role = h.role and r.status = 'active')
union
select u.user_id from planned_users p join users u on u.user_id = p.user_id where p.op in ('removed', 'disabled')

-- name: apply_orgs
with changed as (
    update orgs t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), name = p.name, type = p.type, identifier = p.identifier,
        parent_org_id = p.parent_org_id
    from planned_orgs p where p.op <> 'added' and t.org_id = p.org_id
)
insert into orgs (org_id, source, sourced_id, status, modified_at, name, type, identifier, parent_org_id)
select p.org_id, p.source, p.sourced_id, p.status, p.modified_at, p.name, p.type, p.identifier, p.parent_org_id
from planned_orgs p where p.op = 'added'

-- name: apply_academic_sessions
with changed as (
    update academic_sessions t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), title = p.title, type = p.type, start_date = p.start_date,
        end_date = p.end_date, school_year = p.school_year, parent_session_id = p.parent_session_id
    from planned_academic_sessions p where p.op <> 'added' and t.academic_session_id = p.academic_session_id
)
insert into academic_sessions (academic_session_id, source, sourced_id, status, modified_at, title, type, start_date,
    end_date, school_year, parent_session_id)
select p.academic_session_id, p.source, p.sourced_id, p.status, p.modified_at, p.title, p.type, p.start_date, p.end_date,
    p.school_year, p.parent_session_id
from planned_academic_sessions p where p.op = 'added'

-- name: apply_courses
with changed as (
    update courses t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), title = p.title, course_code = p.course_code, org_id = p.org_id,
        school_year_session_id = p.school_year_session_id
    from planned_courses p where p.op <> 'added' and t.course_id = p.course_id
)
insert into courses (course_id, source, sourced_id, status, modified_at, title, course_code, org_id, school_year_session_id)
select p.course_id, p.source, p.sourced_id, p.status, p.modified_at, p.title, p.course_code, p.org_id,
    p.school_year_session_id
from planned_courses p where p.op = 'added'

-- name: apply_sections
with changed as (
    update sections t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), title = p.title, class_code = p.class_code,
        class_type = p.class_type, location = p.location, course_id = p.course_id, school_org_id = p.school_org_id
    from planned_sections p where p.op <> 'added' and t.section_id = p.section_id
)
insert into sections (section_id, source, sourced_id, status, modified_at, title, class_code, class_type, location,
    course_id, school_org_id)
select p.section_id, p.source, p.sourced_id, p.status, p.modified_at, p.title, p.class_code, p.class_type, p.location,
    p.course_id, p.school_org_id
from planned_sections p where p.op = 'added'

-- name: apply_users
with changed as (
    update users t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), username = p.username,
        username_normal = case p.op when 'removed' then null else p.username_normal end, given_name = p.given_name,
        family_name = p.family_name, email = p.email, identifier = p.identifier, primary_org_id = p.primary_org_id
    from planned_users p where p.op <> 'added' and t.user_id = p.user_id
)
insert into users (user_id, source, sourced_id, status, modified_at, username, username_normal, given_name, family_name,
    email, identifier, primary_org_id)
select p.user_id, p.source, p.sourced_id, p.status, p.modified_at, p.username, p.username_normal, p.given_name,
    p.family_name, p.email, p.identifier, p.primary_org_id
from planned_users p where p.op = 'added'

-- name: apply_user_roles
with changed as (
    update user_roles t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), user_id = p.user_id, org_id = p.org_id, role = p.role,
        role_type = p.role_type, begin_date = p.begin_date, end_date = p.end_date
    from planned_user_roles p where p.op <> 'added' and t.user_role_id = p.user_role_id
)
insert into user_roles (user_role_id, source, sourced_id, status, modified_at, user_id, org_id, role, role_type, begin_date,
    end_date)
select p.user_role_id, p.source, p.sourced_id, p.status, p.modified_at, p.user_id, p.org_id, p.role, p.role_type,
    p.begin_date, p.end_date
from planned_user_roles p where p.op = 'added'

-- name: apply_demographics
with removed as (
    delete from demographics t using planned_demographics p where p.op = 'removed' and t.user_id = p.user_id
), changed as (
    update demographics t
    set modified_at = p.modified_at, birth_date = p.birth_date, sex = p.sex,
        american_indian_or_alaska_native = p.american_indian_or_alaska_native, asian = p.asian,
        black_or_african_american = p.black_or_african_american,
        native_hawaiian_or_other_pacific_islander = p.native_hawaiian_or_other_pacific_islander, white = p.white,
        two_or_more_races = p.two_or_more_races, hispanic_or_latino_ethnicity = p.hispanic_or_latino_ethnicity,
        country_of_birth = p.country_of_birth, state_of_birth = p.state_of_birth, city_of_birth = p.city_of_birth,
        public_school_residence_status = p.public_school_residence_status
    from planned_demographics p where p.op = 'changed' and t.user_id = p.user_id
)
insert into demographics (user_id, source, sourced_id, modified_at, birth_date, sex, american_indian_or_alaska_native,
    asian, black_or_african_american, native_hawaiian_or_other_pacific_islander, white, two_or_more_races,
    hispanic_or_latino_ethnicity, country_of_birth, state_of_birth, city_of_birth, public_school_residence_status)
select p.user_id, p.source, p.sourced_id, p.modified_at, p.birth_date, p.sex, p.american_indian_or_alaska_native, p.asian,
    p.black_or_african_american, p.native_hawaiian_or_other_pacific_islander, p.white, p.two_or_more_races,
    p.hispanic_or_latino_ethnicity, p.country_of_birth, p.state_of_birth, p.city_of_birth, p.public_school_residence_status
from planned_demographics p where p.op = 'added'

-- name: apply_enrollments
with changed as (
    update enrollments t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), section_id = p.section_id, school_org_id = p.school_org_id,
        user_id = p.user_id, role = p.role, is_primary = p.is_primary, begin_date = p.begin_date, end_date = p.end_date
    from planned_enrollments p where p.op <> 'added' and t.enrollment_id = p.enrollment_id
)
insert into enrollments (enrollment_id, source, sourced_id, status, modified_at, section_id, school_org_id, user_id, role,
    is_primary, begin_date, end_date)
select p.enrollment_id, p.source, p.sourced_id, p.status, p.modified_at, p.section_id, p.school_org_id, p.user_id, p.role,
    p.is_primary, p.begin_date, p.end_date
from planned_enrollments p where p.op = 'added'

-- name: apply_categories
with changed as (
    update categories t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), title = p.title, weight = p.weight
    from planned_categories p where p.op <> 'added' and t.category_id = p.category_id
)
insert into categories (category_id, source, sourced_id, status, modified_at, title, weight)
select p.category_id, p.source, p.sourced_id, p.status, p.modified_at, p.title, p.weight
from planned_categories p where p.op = 'added'

-- name: apply_line_items
with changed as (
    update line_items t
    set status = case p.op when 'removed' then 'inactive' else p.status end,
        modified_at = coalesce(p.gone_at, p.modified_at), title = p.title, description = p.description,
        section_id = p.section_id, category_id = p.category_id, grading_period_session_id = p.grading_period_session_id,
        school_org_id = p.school_org_id, assign_date = p.assign_date, due_date = p.due_date, due_at_given = p.due_at_given,
        points_min = p.points_min, points_max = p.points_max
    from planned_line_items p where p.op <> 'added' and t.line_item_id = p.line_item_id
)
insert into line_items (line_item_id, source, sourced_id, status, modified_at, title, description, section_id, category_id,
    grading_period_session_id, school_org_id, assign_date, due_date, due_at_given, points_min, points_max)
select p.line_item_id, p.source, p.sourced_id, p.status, p.modified_at, p.title, p.description, p.section_id, p.category_id,
    p.grading_period_session_id, p.school_org_id, p.assign_date, p.due_date, p.due_at_given, p.points_min, p.points_max
from planned_line_items p where p.op = 'added'

-- name: apply_section_terms
with removed as (
    delete from section_terms t using planned_section_terms p
    where p.op = 'removed' and t.section_id = p.section_id and t.academic_session_id = p.academic_session_id
)
insert into section_terms (section_id, academic_session_id)
select p.section_id, p.academic_session_id from planned_section_terms p where p.op = 'added'

-- name: apply_user_agents
with removed as (
    delete from user_agents t using planned_user_agents p
    where p.op = 'removed' and t.user_id = p.user_id and t.agent_user_id = p.agent_user_id
)
insert into user_agents (user_id, agent_user_id)
select p.user_id, p.agent_user_id from planned_user_agents p where p.op = 'added'
