-- The plan: what an import would write, row by row, with the difference in `op`: added, changed, reactivated (an inactive row is in
-- the package again), disabled (a user whom the source no longer enables), removed. What stays as it is is not in it.
--
-- plan_*       $1 source.
-- plan_gone_*  $1 source, $2 whether the file is a delta: removed is what it takes back, else what it does not mention.

-- name: plan_orgs
insert into planned_orgs (org_id, source, sourced_id, status, modified_at, name, type, identifier, parent_org_id, op)
select coalesce(t.org_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at), s.name, s.type,
    s.identifier, parent_of.id,
    case when t.org_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_orgs s
left join target_orgs parent_of on parent_of.sourced_id = s.parent
left join orgs t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.org_id is null or
    (t.status, t.modified_at, t.name, t.type, t.identifier, t.parent_org_id)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), s.name, s.type, s.identifier, parent_of.id))

-- name: plan_gone_orgs
insert into planned_orgs
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from orgs t left join staged_orgs s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_academic_sessions
insert into planned_academic_sessions (academic_session_id, source, sourced_id, status, modified_at, title, type,
    start_date, end_date, school_year, parent_session_id, op)
select coalesce(t.academic_session_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at),
    s.title, s.type, s.start_date, s.end_date,
    s.school_year, parent_of.id,
    case when t.academic_session_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_academic_sessions s
left join target_academic_sessions parent_of on parent_of.sourced_id = s.parent
left join academic_sessions t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.academic_session_id is null or
    (t.status, t.modified_at, t.title, t.type, t.start_date, t.end_date, t.school_year, t.parent_session_id)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), s.title, s.type, s.start_date, s.end_date, s.school_year,
     parent_of.id))

-- name: plan_gone_academic_sessions
insert into planned_academic_sessions
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from academic_sessions t left join staged_academic_sessions s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_courses
insert into planned_courses (course_id, source, sourced_id, status, modified_at, title, course_code, org_id,
    school_year_session_id, op)
select coalesce(t.course_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at), s.title,
    s.course_code, org_of.id,
    school_year_of.id,
    case when t.course_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_courses s
left join target_orgs org_of on org_of.sourced_id = s.org
left join target_academic_sessions school_year_of on school_year_of.sourced_id = s.school_year
left join courses t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.course_id is null or
    (t.status, t.modified_at, t.title, t.course_code, t.org_id, t.school_year_session_id)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), s.title, s.course_code, org_of.id, school_year_of.id))

-- name: plan_gone_courses
insert into planned_courses
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from courses t left join staged_courses s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_sections
insert into planned_sections (section_id, source, sourced_id, status, modified_at, title, class_code, class_type, location,
    course_id, school_org_id, op)
select coalesce(t.section_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at), s.title,
    s.class_code, s.class_type,
    s.location, course_of.id, school_of.id,
    case when t.section_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_sections s
left join target_courses course_of on course_of.sourced_id = s.course
left join target_orgs school_of on school_of.sourced_id = s.school
left join sections t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.section_id is null or
    (t.status, t.modified_at, t.title, t.class_code, t.class_type, t.location, t.course_id, t.school_org_id)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), s.title, s.class_code, s.class_type, s.location, course_of.id,
     school_of.id))

-- name: plan_gone_sections
insert into planned_sections
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from sections t left join staged_sections s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_users
insert into planned_users (user_id, source, sourced_id, status, modified_at, username, username_normal, given_name,
    family_name, email, identifier, primary_org_id, op)
select coalesce(t.user_id, s.new_id), $1, s.sourced_id, s.status, coalesce(s.modified_at, t.modified_at), s.username,
    s.username_normal,
    s.given_name, s.family_name, s.email, s.identifier, primary_org_of.id,
    case when t.user_id is null then 'added' when t.status = s.status then 'changed'
         when s.status = 'active' then 'reactivated' else 'disabled' end
from staged_users s
left join target_orgs primary_org_of on primary_org_of.sourced_id = s.primary_org
left join users t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.user_id is null or
    (t.status, t.modified_at, t.username, t.username_normal, t.given_name, t.family_name, t.email, t.identifier,
     t.primary_org_id)
    is distinct from
    (s.status, coalesce(s.modified_at, t.modified_at), s.username, s.username_normal, s.given_name, s.family_name, s.email,
     s.identifier, primary_org_of.id))

-- name: plan_gone_users
insert into planned_users
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from users t left join staged_users s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_user_roles
insert into planned_user_roles (user_role_id, source, sourced_id, status, modified_at, user_id, org_id, role, role_type,
    begin_date, end_date, op)
select coalesce(t.user_role_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at),
    owner_of.id, org_of.id, s.role,
    s.role_type, s.begin_date, s.end_date,
    case when t.user_role_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_user_roles s
left join target_users owner_of on owner_of.sourced_id = s.owner
left join target_orgs org_of on org_of.sourced_id = s.org
left join user_roles t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.user_role_id is null or
    (t.status, t.modified_at, t.user_id, t.org_id, t.role, t.role_type, t.begin_date, t.end_date)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), owner_of.id, org_of.id, s.role, s.role_type, s.begin_date, s.end_date))

-- name: plan_gone_user_roles
insert into planned_user_roles
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from user_roles t left join staged_user_roles s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_demographics
-- Keyed by the user, whose sourcedId it bears.
insert into planned_demographics (user_id, source, sourced_id, modified_at, birth_date, sex,
    american_indian_or_alaska_native, asian, black_or_african_american, native_hawaiian_or_other_pacific_islander, white,
    two_or_more_races, hispanic_or_latino_ethnicity, country_of_birth, state_of_birth, city_of_birth,
    public_school_residence_status, op)
select u.id, $1, s.sourced_id, coalesce(s.modified_at, t.modified_at), s.birth_date, s.sex,
    s.american_indian_or_alaska_native, s.asian, s.black_or_african_american, s.native_hawaiian_or_other_pacific_islander,
    s.white, s.two_or_more_races, s.hispanic_or_latino_ethnicity, s.country_of_birth, s.state_of_birth, s.city_of_birth,
    s.public_school_residence_status,
    case when t.user_id is null then 'added' else 'changed' end
from staged_demographics s join target_users u on u.sourced_id = s.sourced_id
left join demographics t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.user_id is null or
    (t.modified_at, t.birth_date, t.sex, t.american_indian_or_alaska_native, t.asian, t.black_or_african_american,
     t.native_hawaiian_or_other_pacific_islander, t.white, t.two_or_more_races, t.hispanic_or_latino_ethnicity,
     t.country_of_birth, t.state_of_birth, t.city_of_birth, t.public_school_residence_status)
    is distinct from
    (coalesce(s.modified_at, t.modified_at), s.birth_date, s.sex, s.american_indian_or_alaska_native, s.asian,
     s.black_or_african_american, s.native_hawaiian_or_other_pacific_islander, s.white, s.two_or_more_races,
     s.hispanic_or_latino_ethnicity, s.country_of_birth, s.state_of_birth, s.city_of_birth, s.public_school_residence_status))

-- name: plan_gone_demographics
insert into planned_demographics
select t.*, 'removed', s.modified_at
from demographics t left join staged_demographics s on s.sourced_id = t.sourced_id
where t.source = $1 and case when $2 then s.gone else s.sourced_id is null end

-- name: plan_enrollments
insert into planned_enrollments (enrollment_id, source, sourced_id, status, modified_at, section_id, school_org_id, user_id,
    role, is_primary, begin_date, end_date, op)
select coalesce(t.enrollment_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at),
    section_of.id, school_of.id, member_of.id,
    s.role, s.is_primary, s.begin_date, s.end_date,
    case when t.enrollment_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_enrollments s
left join target_sections section_of on section_of.sourced_id = s.section
left join target_orgs school_of on school_of.sourced_id = s.school
left join target_users member_of on member_of.sourced_id = s.member
left join enrollments t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.enrollment_id is null or
    (t.status, t.modified_at, t.section_id, t.school_org_id, t.user_id, t.role, t.is_primary, t.begin_date, t.end_date)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), section_of.id, school_of.id, member_of.id, s.role, s.is_primary,
     s.begin_date, s.end_date))

-- name: plan_gone_enrollments
insert into planned_enrollments
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from enrollments t left join staged_enrollments s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_categories
insert into planned_categories (category_id, source, sourced_id, status, modified_at, title, weight, op)
select coalesce(t.category_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at), s.title,
    s.weight,
    case when t.category_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_categories s
left join categories t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.category_id is null or
    (t.status, t.modified_at, t.title, t.weight)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), s.title, s.weight))

-- name: plan_gone_categories
insert into planned_categories
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from categories t left join staged_categories s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_line_items
insert into planned_line_items (line_item_id, source, sourced_id, status, modified_at, title, description, section_id,
    category_id, grading_period_session_id, school_org_id, assign_date, due_date, due_at_given, points_min, points_max, op)
select coalesce(t.line_item_id, s.new_id), $1, s.sourced_id, 'active', coalesce(s.modified_at, t.modified_at), s.title,
    s.description, section_of.id,
    category_of.id, grading_period_of.id, school_of.id, s.assign_date, s.due_date, s.due_at_given, s.points_min,
    s.points_max,
    case when t.line_item_id is null then 'added' when t.status = 'active' then 'changed' else 'reactivated' end
from staged_line_items s
left join target_sections section_of on section_of.sourced_id = s.section
left join target_categories category_of on category_of.sourced_id = s.category
left join target_academic_sessions grading_period_of on grading_period_of.sourced_id = s.grading_period
left join target_orgs school_of on school_of.sourced_id = s.school
left join line_items t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone and (t.line_item_id is null or
    (t.status, t.modified_at, t.title, t.description, t.section_id, t.category_id, t.grading_period_session_id,
     t.school_org_id, t.assign_date, t.due_date, t.due_at_given, t.points_min, t.points_max)
    is distinct from
    ('active', coalesce(s.modified_at, t.modified_at), s.title, s.description, section_of.id, category_of.id,
     grading_period_of.id, school_of.id, s.assign_date, s.due_date, s.due_at_given, s.points_min, s.points_max))

-- name: plan_gone_line_items
insert into planned_line_items
select t.*, case when t.status = 'active' then 'removed' else 'changed' end, s.modified_at
from line_items t left join staged_line_items s on s.sourced_id = t.sourced_id
where t.source = $1
  and case when $2 then s.gone and (t.status = 'active' or t.modified_at is distinct from s.modified_at)
           else t.status = 'active' and s.sourced_id is null end

-- name: plan_gone_roles_of_users
-- A delta of OneRoster 1.1, where roles stand in users.csv: those that a user in it does not have any more. $1 source.
insert into planned_user_roles
select t.*, 'removed', u.modified_at
from staged_users u join users k on k.source = $1 and k.sourced_id = u.sourced_id
join user_roles t on t.user_id = k.user_id and t.source = $1 and t.status = 'active'
left join staged_user_roles s on s.sourced_id = t.sourced_id
where s.sourced_id is null

-- name: plan_section_terms
-- Of the sections in the package: one that is not in it keeps what it has.
insert into planned_section_terms (section_id, academic_session_id, op)
select o.id, k.id, 'added'
from staged_section_terms l
join staged_sections s on s.sourced_id = l.section and not s.gone
join target_sections o on o.sourced_id = l.section
join target_academic_sessions k on k.sourced_id = l.academic_session
where not exists (select from section_terms t where t.section_id = o.id and t.academic_session_id = k.id)

-- name: plan_gone_section_terms
insert into planned_section_terms
select t.*, 'removed', null
from staged_sections s
join target_sections o on o.sourced_id = s.sourced_id
join section_terms t on t.section_id = o.id
where not s.gone
  and not exists (select from staged_section_terms l join target_academic_sessions k on k.sourced_id = l.academic_session
                  where l.section = s.sourced_id and k.id = t.academic_session_id)

-- name: plan_user_agents
-- Of the users in the package: one that is not in it keeps what it has.
insert into planned_user_agents (user_id, agent_user_id, op)
select o.id, k.id, 'added'
from staged_user_agents l
join staged_users s on s.sourced_id = l.owner and not s.gone
join target_users o on o.sourced_id = l.owner
join target_users k on k.sourced_id = l.agent
where not exists (select from user_agents t where t.user_id = o.id and t.agent_user_id = k.id)

-- name: plan_gone_user_agents
insert into planned_user_agents
select t.*, 'removed', null
from staged_users s
join target_users o on o.sourced_id = s.sourced_id
join user_agents t on t.user_id = o.id
where not s.gone
  and not exists (select from staged_user_agents l join target_users k on k.sourced_id = l.agent
                  where l.owner = s.sourced_id and k.id = t.agent_user_id)

-- name: tally
-- Entity, op, rows.
select 'orgs', op, count(*) from planned_orgs group by op
union all
select 'academic_sessions', op, count(*) from planned_academic_sessions group by op
union all
select 'courses', op, count(*) from planned_courses group by op
union all
select 'sections', op, count(*) from planned_sections group by op
union all
select 'users', op, count(*) from planned_users group by op
union all
select 'user_roles', op, count(*) from planned_user_roles group by op
union all
select 'demographics', op, count(*) from planned_demographics group by op
union all
select 'enrollments', op, count(*) from planned_enrollments group by op
union all
select 'categories', op, count(*) from planned_categories group by op
union all
select 'line_items', op, count(*) from planned_line_items group by op
union all
select 'section_terms', op, count(*) from planned_section_terms group by op
union all
select 'user_agents', op, count(*) from planned_user_agents group by op

-- name: examples
-- Entity, op, sourcedId, what people call it: the first of each. $1 how many.
select 'orgs', op, sourced_id, label from (
    select op, sourced_id, name as label,
    row_number() over (partition by op order by sourced_id) as n from planned_orgs) p where n <= $1
union all
select 'academic_sessions', op, sourced_id, label from (
    select op, sourced_id, title as label,
    row_number() over (partition by op order by sourced_id) as n from planned_academic_sessions) p where n <= $1
union all
select 'courses', op, sourced_id, label from (
    select op, sourced_id, title as label,
    row_number() over (partition by op order by sourced_id) as n from planned_courses) p where n <= $1
union all
select 'sections', op, sourced_id, label from (
    select op, sourced_id, title as label,
    row_number() over (partition by op order by sourced_id) as n from planned_sections) p where n <= $1
union all
select 'users', op, sourced_id, label from (
    select op, sourced_id, given_name || ' ' || family_name as label,
    row_number() over (partition by op order by sourced_id) as n from planned_users) p where n <= $1
union all
select 'user_roles', op, sourced_id, label from (
    select op, sourced_id, role as label,
    row_number() over (partition by op order by sourced_id) as n from planned_user_roles) p where n <= $1
union all
select 'demographics', op, sourced_id, label from (
    select op, sourced_id, '' as label,
    row_number() over (partition by op order by sourced_id) as n from planned_demographics) p where n <= $1
union all
select 'enrollments', op, sourced_id, label from (
    select op, sourced_id, role as label,
    row_number() over (partition by op order by sourced_id) as n from planned_enrollments) p where n <= $1
union all
select 'categories', op, sourced_id, label from (
    select op, sourced_id, title as label,
    row_number() over (partition by op order by sourced_id) as n from planned_categories) p where n <= $1
union all
select 'line_items', op, sourced_id, label from (
    select op, sourced_id, title as label,
    row_number() over (partition by op order by sourced_id) as n from planned_line_items) p where n <= $1

-- name: fingerprint
-- Of a plan: which rows it writes, and how, in whatever order. Links of new rows have new ids each time, so they are counted alone.
select md5(string_agg(entity || ' ' || rows || ' ' || writes, ',' order by entity)) from (
    select 'orgs' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_orgs
    union all
    select 'academic_sessions' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_academic_sessions
    union all
    select 'courses' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_courses
    union all
    select 'sections' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_sections
    union all
    select 'users' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_users
    union all
    select 'user_roles' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_user_roles
    union all
    select 'demographics' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_demographics
    union all
    select 'enrollments' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_enrollments
    union all
    select 'categories' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_categories
    union all
    select 'line_items' as entity, count(*) as rows, coalesce(sum(hashtextextended(op || ' ' || sourced_id, 0)), 0) as writes from planned_line_items
    union all
    select 'section_terms', count(*), coalesce(sum(hashtextextended(op, 0)), 0) from planned_section_terms
    union all
    select 'user_agents', count(*), coalesce(sum(hashtextextended(op, 0)), 0) from planned_user_agents) p

-- name: active_rows
-- Entity, source, rows, for the guard against mass removal. $1 source.
select 'orgs', source, count(*) from orgs where source = $1 and status = 'active' group by source
union all
select 'academic_sessions', source, count(*) from academic_sessions where source = $1 and status = 'active' group by source
union all
select 'courses', source, count(*) from courses where source = $1 and status = 'active' group by source
union all
select 'sections', source, count(*) from sections where source = $1 and status = 'active' group by source
union all
select 'users', source, count(*) from users where source = $1 and status = 'active' group by source
union all
select 'user_roles', source, count(*) from user_roles where source = $1 and status = 'active' group by source
union all
select 'demographics', source, count(*) from demographics where source = $1 group by source
union all
select 'enrollments', source, count(*) from enrollments where source = $1 and status = 'active' group by source
union all
select 'categories', source, count(*) from categories where source = $1 and status = 'active' group by source
union all
select 'line_items', source, count(*) from line_items where source = $1 and status = 'active' group by source
