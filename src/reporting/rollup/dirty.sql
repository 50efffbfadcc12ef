-- What follows from what changed: institutions whose zone is another, classes, moments.
create or replace temp table tenants_due as
select d.tenant_id, z.zone
from (select distinct tenant_id from work.dirty_tenants) d
left join (select * from work.zones semi join work.dirty_tenants using (tenant_id)) z using (tenant_id)
left join rollup.zones was using (tenant_id)
where was.zone is distinct from z.zone;
delete from rollup.zones where tenant_id in (select tenant_id from tenants_due);
insert into rollup.zones select tenant_id, zone from tenants_due where zone is not null;

insert into work.dirty_sections
select tenant_id, section_id from base.assignments where tenant_id in (select tenant_id from tenants_due)
union select tenant_id, section_id from base.enrollments where tenant_id in (select tenant_id from tenants_due)
union select tenant_id, section_id from rollup.seats where tenant_id in (select tenant_id from tenants_due);

-- Assignments that are another class's now, or nobody's: both classes are due, and the days on which something was handed in.
create or replace temp table moved as
select distinct c.tenant_id, c.assignment_id, c.section_id as from_section_id, a.section_id as to_section_id
from rollup.class_assignment c semi join work.dirty_assignments using (tenant_id, assignment_id)
left join base.assignments a on a.tenant_id = c.tenant_id and a.assignment_id = c.assignment_id
where a.section_id is distinct from c.section_id;
insert into work.dirty_sections
select tenant_id, from_section_id from moved
union select tenant_id, to_section_id from moved where to_section_id is not null;

create or replace temp table assignments_due as
select tenant_id, assignment_id from work.dirty_assignments
union select a.tenant_id, a.assignment_id from base.assignments a join work.dirty_sections using (tenant_id, section_id)
union select a.tenant_id, a.assignment_id from rollup.class_assignment a join work.dirty_sections using (tenant_id, section_id);

create or replace temp table sections_due as select distinct tenant_id, section_id from work.dirty_sections;

-- Zones change their offset at quarters of an hour at the finest, so a quarter lies in one day; a conversion for each row would
-- take longer than all the rest.
create or replace temp table days_due as
select d.tenant_id, cast(timezone(z.zone, make_timestamptz(d.quarter * 900000000)) as date) as day
from (select tenant_id, epoch_us(moment) // 900000000 as quarter from work.dirty_times
      union select tenant_id, epoch_us(received_at) // 900000000 from base.submissions semi join tenants_due using (tenant_id)
      union select tenant_id, epoch_us(received_at) // 900000000 from base.submissions semi join moved using (tenant_id, assignment_id)
      union select tenant_id, epoch_us("at") // 900000000 from base.audit_events semi join tenants_due using (tenant_id)
      where action = 'session.created') d
join rollup.zones z using (tenant_id)
union select tenant_id, day from rollup.class_day where tenant_id in (select tenant_id from tenants_due)
union select tenant_id, day from rollup.sign_in_day where tenant_id in (select tenant_id from tenants_due);

-- What was opened, by class (NULL: of none) and day; and room for what it was.
create or replace temp table opened_due (
    tenant_id uuid, user_id uuid, section_id uuid, kind varchar, day date, activities bigint);
create or replace temp table activities_due as
select distinct d.tenant_id, d.section_id, cast(timezone(z.zone, make_timestamptz(d.quarter * 900000000)) as date) as day
from (select tenant_id, section_id, quarter from work.dirty_activities
      union select tenant_id, section_id, work.quarter_of(occurred_at, received_at)
      from base.activities semi join tenants_due using (tenant_id)) d
join rollup.zones z using (tenant_id)
union select tenant_id, section_id, day from rollup.activity_day where tenant_id in (select tenant_id from tenants_due)
union select tenant_id, null, day from rollup.people_day where tenant_id in (select tenant_id from tenants_due);

delete from work.dirty_tenants;
delete from work.dirty_times;
delete from work.dirty_activities;
delete from work.dirty_assignments;
delete from work.dirty_sections;
