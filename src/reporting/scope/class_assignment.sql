-- An assignment in its class, 64 seats a row: masks of who, and sums of what. `missing`: who was enrolled on the day that it was due,
-- may hand in no longer, and has handed in nothing.
with assigned as (
    select a.assignment_id, greatest(a.due_at, coalesce(x.due_at, a.due_at)) as due_at
    from base.assignments a
    left join base.extensions x on x.tenant_id = {tenant} and x.assignment_id = a.assignment_id and x.user_id is null and x.revoked_at is null
    where a.tenant_id = {tenant} and a.active and a.withdrawn_at is null and {sections}
), excused as (
    select a.assignment_id, seat.ordinal // 64 as block, bit_or(1::ubigint << (seat.ordinal % 64)::ubigint) as mask
    from base.extensions x join base.assignments a on a.tenant_id = {tenant} and a.assignment_id = x.assignment_id
    join rollup.seats seat on seat.tenant_id = {tenant} and seat.section_id = a.section_id and seat.user_id = x.user_id
    where x.tenant_id = {tenant} and x.revoked_at is null and x.due_at > {as_of}
    group by all
)
select c.section_id, c.assignment_id, a.due_at, c.block, c.enrolled, c.submitted, c.on_time, c.graded,
       c.submitted & ~c.on_time as late,
       if(a.due_at <= {as_of}, c.enrolled & ~c.submitted & ~coalesce(e.mask, 0), 0) as missing,
       c.submissions, c.share_sum, c.share_squares, columns('^h[0-9]+$')
from rollup.class_assignment c join assigned a using (assignment_id)
left join excused e on e.assignment_id = c.assignment_id and e.block = c.block
where c.tenant_id = {tenant} and {sections}
