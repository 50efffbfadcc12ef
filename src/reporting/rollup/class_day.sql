-- $1, $2: instants between which all days lie that are made anew, so that the rest is not read.
insert into rollup.class_day
with came as (
    select tenant_id, assignment_id, user_id, late, epoch_us(received_at) // 900000000 as quarter from base.submissions
    where state = 'recorded' and received_at >= $1 and received_at < $2
), quarters as materialized ( -- of days that are due; else rows and days may be joined by institution alone first, each with each
    select * from (select q.tenant_id, q.quarter, cast(timezone(z.zone, make_timestamptz(q.quarter * 900000000)) as date) as day
                   from (select distinct tenant_id, quarter from came) q join rollup.zones z using (tenant_id))
    semi join days_due using (tenant_id, day)
), on_days as materialized ( -- and, of the rest, assignments with all quarters of their institution
    select s.tenant_id, s.assignment_id, s.user_id, s.late, q.day from came s join quarters q using (tenant_id, quarter)
), in_classes as materialized (
    select s.tenant_id, a.section_id, s.user_id, s.late, s.day from on_days s join base.assignments a using (tenant_id, assignment_id)
)
select s.tenant_id, s.section_id, s.day, seat.ordinal // 64 as block, count(*), count(*) filter (s.late),
       bit_or(1::ubigint << (seat.ordinal % 64)::ubigint)
from in_classes s join rollup.seats seat using (tenant_id, section_id, user_id)
group by s.tenant_id, s.section_id, s.day, seat.ordinal // 64
order by s.tenant_id, s.section_id, s.day, block
