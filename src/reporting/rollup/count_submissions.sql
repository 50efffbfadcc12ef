-- Submissions that are new, in `new_submissions`: counted onto what stands, in the transaction in which they come, so each once. What
-- cannot be counted so (whose student has no seat yet) is made anew from all rows.
create or replace temp table counted as
select s.tenant_id, a.section_id, s.assignment_id, seat.ordinal // 64 as block, 1::ubigint << (seat.ordinal % 64)::ubigint as bit,
       s.late, s.received_at, epoch_us(s.received_at) // 900000000 as quarter
from new_submissions s join base.assignments a using (tenant_id, assignment_id)
left join rollup.seats seat on seat.tenant_id = s.tenant_id and seat.section_id = a.section_id and seat.user_id = s.user_id
where s.state = 'recorded';
insert into work.dirty_assignments select distinct tenant_id, assignment_id from counted where block is null;
insert into work.dirty_times select distinct tenant_id, received_at from counted where block is null;

create or replace temp table counted_assignments as
select tenant_id, section_id, assignment_id, block, bit_or(bit) as submitted,
       coalesce(bit_or(bit) filter (not late), 0)::ubigint as on_time, count(*) as submissions
from counted where block is not null
group by all;
update rollup.class_assignment c
set submitted = c.submitted | n.submitted, on_time = c.on_time | n.on_time, submissions = c.submissions + n.submissions
from counted_assignments n
where c.tenant_id = n.tenant_id and c.section_id = n.section_id and c.assignment_id = n.assignment_id and c.block = n.block;
insert into rollup.class_assignment
select tenant_id, section_id, assignment_id, block, 0, submitted, on_time, 0, submissions, 0, 0,
       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from counted_assignments anti join rollup.class_assignment using (tenant_id, section_id, assignment_id, block);

create or replace temp table counted_days as
with quarters as (
    select tenant_id, quarter, cast(timezone(z.zone, make_timestamptz(quarter * 900000000)) as date) as day
    from (select distinct tenant_id, quarter from counted) join rollup.zones z using (tenant_id)
)
select c.tenant_id, c.section_id, q.day, c.block, count(*) as submissions, count(*) filter (c.late) as late, bit_or(c.bit) as active
from counted c join quarters q using (tenant_id, quarter)
where c.block is not null
group by all;
update rollup.class_day d
set submissions = d.submissions + n.submissions, late = d.late + n.late, active = d.active | n.active
from counted_days n
where d.tenant_id = n.tenant_id and d.section_id = n.section_id and d.day = n.day and d.block = n.block;
insert into rollup.class_day
select * from counted_days anti join rollup.class_day using (tenant_id, section_id, day, block);
