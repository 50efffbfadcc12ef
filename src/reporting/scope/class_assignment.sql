-- An assignment in its class, 64 seats a row: masks of who, and sums of what. `missing`: who was enrolled on the day that it was due,
-- may hand in no longer, and has handed in nothing.
select c.section_id, c.assignment_id, a.due_at, a.is_anonymous, c.block, c.enrolled, c.submitted, c.on_time, c.graded,
       c.submitted & ~c.on_time as late,
       if(a.due_at <= {as_of}, c.enrolled & ~c.submitted & ~coalesce(longer.seats, 0), 0) as missing,
       c.submissions, c.share_sum, c.share_squares, columns('^h[0-9]+$')
from rollup.class_assignment c join ({view assignments}) a using (assignment_id)
left join (
    select x.assignment_id, seat.ordinal // 64 as block, bit_or(1::ubigint << (seat.ordinal % 64)::ubigint) as seats
    from ({view extensions}) x
    join rollup.seats seat on seat.tenant_id = {tenant} and seat.section_id = x.section_id and seat.user_id = x.user_id
    where x.due_at > {as_of}
    group by all
) longer on longer.assignment_id = c.assignment_id and longer.block = c.block
where c.tenant_id = {tenant} and c.{sections}
