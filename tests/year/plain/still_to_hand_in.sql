with {standing}, opened as (
    select v.section_id, v.user_id, max((v.occurred_at at time zone :zone)::date) as day from activities v
    where v.tenant_id = :tenant and v.occurred_at >= (:today - 27)::timestamp at time zone :zone
      and v.occurred_at < (:today + 1)::timestamp at time zone :zone
    group by 1, 2
)
select user_id, section_id, assignment_id, title, us(due_at), day
from standing left join opened using (section_id, user_id)
where enrolled and not came and due_at > :as_of and (due_at at time zone :zone)::date <= coalesce(:until, :today + 7)
order by due_at, assignment_id, user_id limit 10000
