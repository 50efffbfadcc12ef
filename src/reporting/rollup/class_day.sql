-- $1, $2: instants between which all days lie that are made anew, so that the rest is not read.
insert into rollup.class_day
select a.tenant_id, a.section_id, s.day, seat.ordinal // 64 as block, count(*), count(*) filter (s.late),
       bit_or(1::ubigint << (seat.ordinal % 64)::ubigint)
from (select r.tenant_id, r.assignment_id, r.user_id, r.late, cast(timezone(z.zone, r.received_at) as date) as day
      from base.submissions r join work.zones z using (tenant_id)
      where r.state = 'recorded' and r.received_at >= $1 and r.received_at < $2) s
join days_due using (tenant_id, day)
join base.assignments a using (tenant_id, assignment_id)
join rollup.seats seat on seat.tenant_id = a.tenant_id and seat.section_id = a.section_id and seat.user_id = s.user_id
group by a.tenant_id, a.section_id, s.day, seat.ordinal // 64
order by a.tenant_id, a.section_id, s.day, block
