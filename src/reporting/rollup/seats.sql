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

-- Who needs a seat: whoever is in a class that is due, or did something in an assignment that is.
create or replace temp table seated_due as
select e.tenant_id, e.section_id, e.user_id
from base.enrollments e join sections_due using (tenant_id, section_id) where e.role = 'student' and e.status = 'active'
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

delete from rollup.seats using seats_gone g
where seats.tenant_id = g.tenant_id and seats.section_id = g.section_id and seats.user_id = g.user_id;
insert into rollup.seats select tenant_id, section_id, user_id, ordinal from seats_new order by all;
