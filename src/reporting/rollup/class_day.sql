-- $1, $2: instants between which all days lie that are made anew, so that the rest is not read.
insert into rollup.class_day
with came as (
    select tenant_id, assignment_id, user_id, late, epoch_us(received_at) // 900000000 as quarter from base.submissions
    where state = 'recorded' and received_at >= $1 and received_at < $2
), quarters as materialized ( -- of days that are due; else rows and days may be joined by institution alone first, each with each
    select * from (select q.tenant_id, q.quarter, cast(timezone(z.zone, make_timestamptz(q.quarter * 900000000)) as date) as day
                   from (select distinct tenant_id, quarter from came) q join rollup.zones z using (tenant_id))
    semi join days_due using (tenant_id, day)
)
select a.tenant_id, a.section_id, q.day, seat.ordinal // 64 as block, count(*), count(*) filter (s.late),
       bit_or(1::ubigint << (seat.ordinal % 64)::ubigint)
from came s join quarters q using (tenant_id, quarter)
join base.assignments a on a.tenant_id = s.tenant_id and a.assignment_id = s.assignment_id
join rollup.seats seat on seat.tenant_id = a.tenant_id and seat.section_id = a.section_id and seat.user_id = s.user_id
group by a.tenant_id, a.section_id, q.day, seat.ordinal // 64
order by a.tenant_id, a.section_id, q.day, block
