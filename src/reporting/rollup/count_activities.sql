-- Activities that are new, in `new_activities`: counted as new submissions are. Whoever is no student of the class has no bit in its
-- days; when they become one, those days are made anew.
create or replace temp table counted as
with quarters as (
    select tenant_id, quarter, cast(timezone(z.zone, make_timestamptz(quarter * 900000000)) as date) as day
    from (select distinct tenant_id, work.quarter_of(occurred_at, received_at) as quarter from new_activities)
    join rollup.zones z using (tenant_id)
)
select n.tenant_id, n.user_id, n.section_id, n.kind, q.day, count(*) as activities
from new_activities n join quarters q on q.tenant_id = n.tenant_id and q.quarter = work.quarter_of(n.occurred_at, n.received_at)
group by all;

create or replace temp table counted_days as
select c.tenant_id, c.section_id, c.day, seat.ordinal // 64 as block, bit_or(1::ubigint << (seat.ordinal % 64)::ubigint) as opened,
       coalesce(sum(activities) filter (c.kind = 'section_opened'), 0)::bigint as sections,
       coalesce(sum(activities) filter (c.kind = 'assignment_opened'), 0)::bigint as assignments,
       coalesce(sum(activities) filter (c.kind = 'grade_opened'), 0)::bigint as grades,
       coalesce(sum(activities) filter (c.kind = 'material_opened'), 0)::bigint as materials,
       coalesce(sum(activities) filter (c.kind = 'file_downloaded'), 0)::bigint as files,
       coalesce(sum(activities) filter (c.kind = 'announcement_read'), 0)::bigint as announcements
from counted c
join rollup.seats seat on seat.tenant_id = c.tenant_id and seat.section_id = c.section_id and seat.user_id = c.user_id and seat.is_student
group by c.tenant_id, c.section_id, c.day, seat.ordinal // 64;
update rollup.activity_day d
set opened = d.opened | n.opened, sections = d.sections + n.sections, assignments = d.assignments + n.assignments,
    grades = d.grades + n.grades, materials = d.materials + n.materials, files = d.files + n.files,
    announcements = d.announcements + n.announcements
from counted_days n
where d.tenant_id = n.tenant_id and d.section_id = n.section_id and d.day = n.day and d.block = n.block;
insert into rollup.activity_day
select * from counted_days anti join rollup.activity_day using (tenant_id, section_id, day, block);

insert into rollup.people
select n.tenant_id, n.user_id, coalesce(m.most, -1) + row_number() over (partition by n.tenant_id order by n.user_id)
from (select distinct tenant_id, user_id from counted anti join rollup.people using (tenant_id, user_id)) n
left join (select tenant_id, max(ordinal) as most from rollup.people group by all) m using (tenant_id);
create or replace temp table counted_people as
select c.tenant_id, c.day, p.ordinal // 64 as block, bit_or(1::ubigint << (p.ordinal % 64)::ubigint) as active,
       sum(c.activities)::bigint as activities
from counted c join rollup.people p using (tenant_id, user_id)
group by c.tenant_id, c.day, p.ordinal // 64;
update rollup.people_day d
set active = d.active | n.active, activities = d.activities + n.activities
from counted_people n
where d.tenant_id = n.tenant_id and d.day = n.day and d.block = n.block;
insert into rollup.people_day
select * from counted_people anti join rollup.people_day using (tenant_id, day, block);
