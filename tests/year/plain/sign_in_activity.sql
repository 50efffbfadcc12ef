select (at at time zone :zone)::date as day, count(*), count(distinct actor) from audit_events
where tenant_id = :tenant and action = 'session.created' and (at at time zone :zone)::date between coalesce(:from, :today - 27) and coalesce(:until, :today)
group by 1 order by 1
