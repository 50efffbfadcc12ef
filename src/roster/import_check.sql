-- Checks over the staged rows: what stands twice, what a delta says too late, references that lead nowhere. Each returns at most
-- 101 rows, which is one more than anybody is told.

-- name: twice
-- Entity, line, sourcedId, the line where it stood first.
select 'orgs', s.line, s.sourced_id, d.first from staged_orgs s join (
    select sourced_id, min(line) as first from staged_orgs group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'academic_sessions', s.line, s.sourced_id, d.first from staged_academic_sessions s join (
    select sourced_id, min(line) as first from staged_academic_sessions group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'courses', s.line, s.sourced_id, d.first from staged_courses s join (
    select sourced_id, min(line) as first from staged_courses group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'sections', s.line, s.sourced_id, d.first from staged_sections s join (
    select sourced_id, min(line) as first from staged_sections group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'users', s.line, s.sourced_id, d.first from staged_users s join (
    select sourced_id, min(line) as first from staged_users group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'user_roles', s.line, s.sourced_id, d.first from staged_user_roles s join (
    select sourced_id, min(line) as first from staged_user_roles group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'demographics', s.line, s.sourced_id, d.first from staged_demographics s join (
    select sourced_id, min(line) as first from staged_demographics group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'enrollments', s.line, s.sourced_id, d.first from staged_enrollments s join (
    select sourced_id, min(line) as first from staged_enrollments group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'categories', s.line, s.sourced_id, d.first from staged_categories s join (
    select sourced_id, min(line) as first from staged_categories group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
union all
select 'line_items', s.line, s.sourced_id, d.first from staged_line_items s join (
    select sourced_id, min(line) as first from staged_line_items group by sourced_id having count(*) > 1) d
    on d.sourced_id = s.sourced_id where s.line > d.first
order by 1, 2 limit 101

-- name: usernames_twice
-- Line, username, the line where it stood first. An inactive user has no name that could be taken.
select s.line, s.username, d.first from staged_users s join (
    select username_normal, min(line) as first from staged_users
    where username_normal is not null group by username_normal having count(*) > 1) d
    on d.username_normal = s.username_normal where s.line > d.first
order by 1 limit 101

-- name: usernames_taken
-- A name that the package gives to an active user while another active user keeps it: one of another source, or one that a
-- delta does not mention. $1 source, $2 whether users.csv is a delta.
select s.line, s.username, s.sourced_id, t.source, t.sourced_id
from staged_users s join users t on t.username_normal = s.username_normal
where t.source <> $1
   or ($2 and not exists (select from staged_users o where o.sourced_id = t.sourced_id))
order by 1 limit 101

-- name: ignore_orgs
-- Of a delta: what is older than what is known, and what takes back something unknown. $1 source. So for each entity.
with stale as (
    delete from staged_orgs s using orgs t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_orgs s
    where s.gone and not exists (select from orgs t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_academic_sessions
with stale as (
    delete from staged_academic_sessions s using academic_sessions t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_academic_sessions s
    where s.gone and not exists (select from academic_sessions t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_courses
with stale as (
    delete from staged_courses s using courses t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_courses s
    where s.gone and not exists (select from courses t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_sections
with stale as (
    delete from staged_sections s using sections t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_sections s
    where s.gone and not exists (select from sections t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_users
with stale as (
    delete from staged_users s using users t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_users s
    where s.gone and not exists (select from users t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_user_roles
with stale as (
    delete from staged_user_roles s using user_roles t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_user_roles s
    where s.gone and not exists (select from user_roles t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_demographics
with stale as (
    delete from staged_demographics s using demographics t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_demographics s
    where s.gone and not exists (select from demographics t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_enrollments
with stale as (
    delete from staged_enrollments s using enrollments t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_enrollments s
    where s.gone and not exists (select from enrollments t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_categories
with stale as (
    delete from staged_categories s using categories t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_categories s
    where s.gone and not exists (select from categories t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_line_items
with stale as (
    delete from staged_line_items s using line_items t
    where t.source = $1 and t.sourced_id = s.sourced_id and s.modified_at < t.modified_at
    returning 1
), unknown as (
    delete from staged_line_items s
    where s.gone and not exists (select from line_items t where t.source = $1 and t.sourced_id = s.sourced_id)
    returning 1
)
select (select count(*) from stale) + (select count(*) from unknown)

-- name: ignore_roles_of_ignored_users
-- OneRoster 1.1: roles stand in users.csv.
delete from staged_user_roles r where not exists (select from staged_users u where u.sourced_id = r.owner)

-- name: resolve_orgs
-- $1 source, $2 whether known rows count that the package does not mention.
insert into target_orgs (sourced_id, id, parent)
select s.sourced_id, coalesce(t.org_id, s.new_id), s.parent
from staged_orgs s left join orgs t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone
union all
select t.sourced_id, t.org_id, p.sourced_id
from orgs t left join orgs p on p.org_id = t.parent_org_id
where $2 and t.source = $1 and not exists (select from staged_orgs s where s.sourced_id = t.sourced_id)

-- name: resolve_academic_sessions
-- $1 source, $2 whether known rows count that the package does not mention.
insert into target_academic_sessions (sourced_id, id, parent)
select s.sourced_id, coalesce(t.academic_session_id, s.new_id), s.parent
from staged_academic_sessions s left join academic_sessions t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone
union all
select t.sourced_id, t.academic_session_id, p.sourced_id
from academic_sessions t left join academic_sessions p on p.academic_session_id = t.parent_session_id
where $2 and t.source = $1 and not exists (select from staged_academic_sessions s where s.sourced_id = t.sourced_id)

-- name: resolve_courses
-- $1 source, $2 whether known rows count that the package does not mention.
insert into target_courses (sourced_id, id)
select s.sourced_id, coalesce(t.course_id, s.new_id)
from staged_courses s left join courses t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone
union all
select t.sourced_id, t.course_id from courses t
where $2 and t.source = $1 and not exists (select from staged_courses s where s.sourced_id = t.sourced_id)

-- name: resolve_sections
-- $1 source, $2 whether known rows count that the package does not mention.
insert into target_sections (sourced_id, id)
select s.sourced_id, coalesce(t.section_id, s.new_id)
from staged_sections s left join sections t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone
union all
select t.sourced_id, t.section_id from sections t
where $2 and t.source = $1 and not exists (select from staged_sections s where s.sourced_id = t.sourced_id)

-- name: resolve_users
-- $1 source, $2 whether known rows count that the package does not mention.
insert into target_users (sourced_id, id)
select s.sourced_id, coalesce(t.user_id, s.new_id)
from staged_users s left join users t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone
union all
select t.sourced_id, t.user_id from users t
where $2 and t.source = $1 and not exists (select from staged_users s where s.sourced_id = t.sourced_id)

-- name: resolve_categories
-- $1 source, $2 whether known rows count that the package does not mention.
insert into target_categories (sourced_id, id)
select s.sourced_id, coalesce(t.category_id, s.new_id)
from staged_categories s left join categories t on t.source = $1 and t.sourced_id = s.sourced_id
where not s.gone
union all
select t.sourced_id, t.category_id from categories t
where $2 and t.source = $1 and not exists (select from staged_categories s where s.sourced_id = t.sourced_id)

-- name: astray_orgs
-- References that lead nowhere: line, column, what it says, the file it should lead to. So for each file.
select s.line, 'parentSourcedId', s.parent, 'orgs.csv' from staged_orgs s
where not s.gone and s.parent is not null and not exists (select from target_orgs k where k.sourced_id = s.parent)
order by 1 limit 101

-- name: astray_academic_sessions
select s.line, 'parentSourcedId', s.parent, 'academicSessions.csv' from staged_academic_sessions s
where not s.gone and s.parent is not null and not exists (select from target_academic_sessions k where k.sourced_id = s.parent)
order by 1 limit 101

-- name: astray_courses
select s.line, 'orgSourcedId', s.org, 'orgs.csv' from staged_courses s
where not s.gone and s.org is not null and not exists (select from target_orgs k where k.sourced_id = s.org)
union all
select s.line, 'schoolYearSourcedId', s.school_year, 'academicSessions.csv' from staged_courses s
where not s.gone and s.school_year is not null and not exists (select from target_academic_sessions k where k.sourced_id = s.school_year)
order by 1 limit 101

-- name: astray_sections
select s.line, 'courseSourcedId', s.course, 'courses.csv' from staged_sections s
where not s.gone and s.course is not null and not exists (select from target_courses k where k.sourced_id = s.course)
union all
select s.line, 'schoolSourcedId', s.school, 'orgs.csv' from staged_sections s
where not s.gone and s.school is not null and not exists (select from target_orgs k where k.sourced_id = s.school)
union all
select s.line, 'termSourcedIds', s.academic_session, 'academicSessions.csv' from staged_section_terms s
where s.academic_session is not null and not exists (select from target_academic_sessions k where k.sourced_id = s.academic_session)
order by 1 limit 101

-- name: astray_users
select s.line, 'primaryOrgSourcedId', s.primary_org, 'orgs.csv' from staged_users s
where not s.gone and s.primary_org is not null and not exists (select from target_orgs k where k.sourced_id = s.primary_org)
union all
select s.line, 'agentSourcedIds', s.agent, 'users.csv' from staged_user_agents s
where s.agent is not null and not exists (select from target_users k where k.sourced_id = s.agent)
order by 1 limit 101

-- name: astray_user_roles
select s.line, 'userSourcedId', s.owner, 'users.csv' from staged_user_roles s
where not s.gone and s.owner is not null and not exists (select from target_users k where k.sourced_id = s.owner)
union all
select s.line, 'orgSourcedId', s.org, 'orgs.csv' from staged_user_roles s
where not s.gone and s.org is not null and not exists (select from target_orgs k where k.sourced_id = s.org)
order by 1 limit 101

-- name: astray_demographics
select s.line, 'sourcedId', s.sourced_id, 'users.csv' from staged_demographics s
where not s.gone and s.sourced_id is not null and not exists (select from target_users k where k.sourced_id = s.sourced_id)
order by 1 limit 101

-- name: astray_enrollments
select s.line, 'classSourcedId', s.section, 'classes.csv' from staged_enrollments s
where not s.gone and s.section is not null and not exists (select from target_sections k where k.sourced_id = s.section)
union all
select s.line, 'schoolSourcedId', s.school, 'orgs.csv' from staged_enrollments s
where not s.gone and s.school is not null and not exists (select from target_orgs k where k.sourced_id = s.school)
union all
select s.line, 'userSourcedId', s.member, 'users.csv' from staged_enrollments s
where not s.gone and s.member is not null and not exists (select from target_users k where k.sourced_id = s.member)
order by 1 limit 101

-- name: astray_line_items
select s.line, 'classSourcedId', s.section, 'classes.csv' from staged_line_items s
where not s.gone and s.section is not null and not exists (select from target_sections k where k.sourced_id = s.section)
union all
select s.line, 'categorySourcedId', s.category, 'categories.csv' from staged_line_items s
where not s.gone and s.category is not null and not exists (select from target_categories k where k.sourced_id = s.category)
union all
select s.line, 'gradingPeriodSourcedId', s.grading_period, 'academicSessions.csv' from staged_line_items s
where not s.gone and s.grading_period is not null and not exists (select from target_academic_sessions k where k.sourced_id = s.grading_period)
union all
select s.line, 'schoolSourcedId', s.school, 'orgs.csv' from staged_line_items s
where not s.gone and s.school is not null and not exists (select from target_orgs k where k.sourced_id = s.school)
order by 1 limit 101

-- name: circles_orgs
-- Line, sourcedId, whether it is an ancestor of itself (or else stands 32 levels deep, which nothing real does).
with recursive up as (
    select t.sourced_id as first, t.parent, 1 as depth from target_orgs t where t.parent is not null
    union all
    select u.first, t.parent, u.depth + 1 from up u join target_orgs t on t.sourced_id = u.parent
    where u.depth < 32 and t.parent is not null and u.parent <> u.first
)
select s.line, s.sourced_id, bool_or(u.parent = u.first) from staged_orgs s join up u on u.first = s.sourced_id
where u.parent = u.first or u.depth = 32
group by 1, 2 order by 1 limit 101

-- name: circles_academic_sessions
-- Line, sourcedId, whether it is an ancestor of itself (or else stands 32 levels deep, which nothing real does).
with recursive up as (
    select t.sourced_id as first, t.parent, 1 as depth from target_academic_sessions t where t.parent is not null
    union all
    select u.first, t.parent, u.depth + 1 from up u join target_academic_sessions t on t.sourced_id = u.parent
    where u.depth < 32 and t.parent is not null and u.parent <> u.first
)
select s.line, s.sourced_id, bool_or(u.parent = u.first) from staged_academic_sessions s join up u on u.first = s.sourced_id
where u.parent = u.first or u.depth = 32
group by 1, 2 order by 1 limit 101
