-- When each student of a class last opened anything of it, within four weeks; who opened nothing has no line.
select seat.section_id, seat.user_id, max(a.day) as day
from rollup.activity_day a
join rollup.seats seat on seat.tenant_id = {tenant} and seat.section_id = a.section_id and seat.ordinal // 64 = a.block
where a.tenant_id = {tenant} and a.{sections} and a.day > {today} - 28 and a.day <= {today}
  and (a.opened & (1::ubigint << (seat.ordinal % 64)::ubigint)) <> 0
group by all
