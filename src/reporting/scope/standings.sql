-- What each student of a class did in each assignment. None while it is marked anonymously: its teachers are not told who handed in.
with assigned as (
    select a.assignment_id, greatest(a.due_at, coalesce(x.due_at, a.due_at)) as due_at
    from base.assignments a
    left join base.extensions x on x.tenant_id = {tenant} and x.assignment_id = a.assignment_id and x.user_id is null and x.revoked_at is null
    where a.tenant_id = {tenant} and a.active and a.withdrawn_at is null and not a.identities_hidden and {sections}
), told as (
    select g.assignment_id, g.user_id, arg_max(g.points * 100.0 / s.points_max, g.number)::double as percent
    from base.grades g join base.marking_schemes s on s.tenant_id = {tenant} and s.assignment_id = g.assignment_id and s.version = g.scheme_version
    where g.tenant_id = {tenant} and s.points_max > 0 and g.assignment_id in (select assignment_id from assigned)
    group by all
)
select * exclude (bit, mask_enrolled, mask_submitted, mask_on_time),
       (mask_enrolled & bit) <> 0 as is_enrolled, (mask_submitted & bit) <> 0 as is_submitted,
       (mask_submitted & ~mask_on_time & bit) <> 0 as is_late,
       (mask_enrolled & ~mask_submitted & bit) <> 0 and due_at <= {as_of} as is_missing
from (select c.section_id, c.assignment_id, seat.user_id, 1::ubigint << (seat.ordinal % 64)::ubigint as bit,
             greatest(a.due_at, coalesce(x.due_at, a.due_at)) as due_at, t.percent,
             c.enrolled as mask_enrolled, c.submitted as mask_submitted, c.on_time as mask_on_time
      from rollup.class_assignment c join assigned a using (assignment_id)
      join rollup.seats seat on seat.tenant_id = {tenant} and seat.section_id = c.section_id and seat.ordinal // 64 = c.block
      left join base.extensions x on x.tenant_id = {tenant} and x.assignment_id = c.assignment_id and x.user_id = seat.user_id
                                     and x.revoked_at is null
      left join told t on t.assignment_id = c.assignment_id and t.user_id = seat.user_id
      where c.tenant_id = {tenant})
where (mask_enrolled & bit) <> 0 or (mask_submitted & bit) <> 0 or percent is not null
