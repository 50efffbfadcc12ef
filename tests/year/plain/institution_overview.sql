with {standing}, due as (
    select * from standing where class_due <= :as_of and (class_due at time zone :zone)::date between coalesce(:from, :today - 27) and coalesce(:until, :today)
), active as (
    select user_id, max((occurred_at at time zone :zone)::date) as last from activities
    where tenant_id = :tenant and occurred_at >= coalesce(:from, :today - 27)::timestamp at time zone :zone
      and occurred_at < (coalesce(:until, :today) + 1)::timestamp at time zone :zone
    group by 1
)
select (select count(distinct school_org_id) from sections where tenant_id = :tenant and status = 'active'),
       (select count(*) from sections where tenant_id = :tenant and status = 'active'), (select count(distinct user_id) from present),
       (select count(distinct user_id) from enrollments where tenant_id = :tenant and role = 'teacher' and status = 'active'
        and coalesce(begin_date, :today) <= :today and coalesce(end_date, :today + 1) > :today),
       (select count(distinct assignment_id) from due), (select count(*) from due where enrolled), (select count(*) from due where enrolled and came),
       (select count(*) from due where enrolled and came_in_time), (select count(*) from due where missing), (select count(share) from due),
       (select count(*) from audit_events where tenant_id = :tenant and action = 'session.created'
        and (at at time zone :zone)::date between coalesce(:from, :today - 27) and coalesce(:until, :today)),
       (select few(count(*)) from active), (select few(count(*)) from active where last > coalesce(:until, :today) - 7)
