with opened as (
    select distinct (occurred_at at time zone :zone)::date as day, user_id from activities
    where tenant_id = :tenant and occurred_at >= (coalesce(:from, :today - 27) - 6)::timestamp at time zone :zone
      and occurred_at < (coalesce(:until, :today) + 1)::timestamp at time zone :zone
), load as (
    select (minute at time zone :zone)::date as day, sum(password + refresh + provider) as sign_ins, sum(page_read) as pages, sum(submission) as came,
           max(page_read) as most
    from load_minutes where tenant_id = :tenant group by 1
)
select d.day, coalesce(sign_ins, 0), coalesce(pages, 0), coalesce(came, 0), coalesce(most, 0),
       (select few(count(*)) from opened o where o.day = d.day), (select few(count(distinct user_id)) from opened o where o.day between d.day - 6 and d.day)
from (select day from opened union select day from load) d left join load using (day)
where d.day between coalesce(:from, :today - 27) and coalesce(:until, :today) order by d.day
