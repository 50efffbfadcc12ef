-- What students did in the assignments that are due: read once, for seats and figures.
create or replace temp table handed_in_due as
select s.tenant_id, s.assignment_id, s.user_id, count(*) as submissions, bool_or(not s.late) as on_time
from base.submissions s semi join assignments_due using (tenant_id, assignment_id)
where s.state = 'recorded'
group by all;

-- The newest grade, in ten-thousandths; nobody has a share of nothing.
create or replace temp table told_due as
select g.tenant_id, g.assignment_id, g.user_id, arg_max(g.points * 10000 // s.points_max, g.number) as share
from base.grades g semi join assignments_due using (tenant_id, assignment_id)
join base.marking_schemes s on s.tenant_id = g.tenant_id and s.assignment_id = g.assignment_id and s.version = g.scheme_version
where s.points_max > 0
group by all;

create or replace temp table students_due as
select distinct e.tenant_id, e.section_id, e.user_id from base.enrollments e join sections_due using (tenant_id, section_id) where e.role = 'student';

-- Who needs a seat: whoever is or was a student of a class that is due, or did something in an assignment that is.
create or replace temp table seated_due as
select * from students_due
union select a.tenant_id, a.section_id, s.user_id from handed_in_due s join base.assignments a using (tenant_id, assignment_id)
union select a.tenant_id, a.section_id, g.user_id from told_due g join base.assignments a using (tenant_id, assignment_id);

-- All assignments of a class that is due are due: who is not among those has nothing to do with it any more.
create or replace temp table seats_gone as
select s.tenant_id, s.section_id, s.user_id from rollup.seats s semi join sections_due using (tenant_id, section_id)
anti join seated_due using (tenant_id, section_id, user_id);

-- Whoever sits down now takes the next seat behind all that were taken.
create or replace temp table seats_new as
select n.tenant_id, n.section_id, n.user_id,
       coalesce(m.most, -1) + row_number() over (partition by n.tenant_id, n.section_id order by n.user_id) as ordinal
from (select * from seated_due anti join rollup.seats using (tenant_id, section_id, user_id)) n
left join (select tenant_id, section_id, max(ordinal) as most from rollup.seats group by all) m using (tenant_id, section_id);

-- Whose openings count from now on, and whose no longer: the days on which there were any are due.
create or replace temp table joined_now as
select * from students_due anti join (select * from rollup.seats where is_student) using (tenant_id, section_id, user_id);
create or replace temp table left_now as
select * from rollup.seats semi join sections_due using (tenant_id, section_id) anti join students_due using (tenant_id, section_id, user_id)
where is_student;
insert into activities_due
select distinct a.tenant_id, a.section_id, cast(timezone(z.zone, make_timestamptz(work.quarter_of(a.occurred_at, a.received_at) * 900000000)) as date)
from base.activities a semi join (select * from joined_now anti join tenants_due using (tenant_id)) using (tenant_id, section_id, user_id)
join rollup.zones z using (tenant_id)
union select a.tenant_id, a.section_id, a.day
from rollup.activity_day a join left_now l on l.tenant_id = a.tenant_id and l.section_id = a.section_id and l.ordinal // 64 = a.block
where a.opened & (1::ubigint << (l.ordinal % 64)::ubigint) <> 0;

update rollup.seats set is_student = false from left_now l
where seats.tenant_id = l.tenant_id and seats.section_id = l.section_id and seats.user_id = l.user_id;
update rollup.seats set is_student = true from joined_now j
where seats.tenant_id = j.tenant_id and seats.section_id = j.section_id and seats.user_id = j.user_id;
delete from rollup.seats using seats_gone g
where seats.tenant_id = g.tenant_id and seats.section_id = g.section_id and seats.user_id = g.user_id;
insert into rollup.seats
select n.tenant_id, n.section_id, n.user_id, n.ordinal, j.user_id is not null
from seats_new n left join joined_now j using (tenant_id, section_id, user_id) order by all;
