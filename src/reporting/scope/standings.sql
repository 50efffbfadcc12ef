-- What each student of a class did in each assignment. None while it is marked anonymously: its teachers are not told who handed in.
select c.section_id, c.assignment_id, seat.user_id, greatest(c.due_at, coalesce(x.due_at, c.due_at)) as due_at,
       (c.enrolled & seat.bit) <> 0 as is_enrolled, (c.submitted & seat.bit) <> 0 as is_submitted, (c.late & seat.bit) <> 0 as is_late,
       (c.missing & seat.bit) <> 0 as is_missing, (c.graded & seat.bit) <> 0 as is_graded
from ({view class_assignment}) c
join (select section_id, user_id, ordinal // 64 as block, 1::ubigint << (ordinal % 64)::ubigint as bit
      from rollup.seats where tenant_id = {tenant}) seat on seat.section_id = c.section_id and seat.block = c.block
left join ({view extensions}) x on x.assignment_id = c.assignment_id and x.user_id = seat.user_id
where not c.is_anonymous and ((c.enrolled | c.submitted | c.graded) & seat.bit) <> 0
