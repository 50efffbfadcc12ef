-- Usage
-- What the institution asked of the platform, day by day, and how many people that was.
-- readers: administrator
-- made from: rows
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- gives: day day In the institution's zone.
-- gives: sign_ins integer Passwords, renewals, and by other providers.
-- gives: pages_read integer
-- gives: submissions integer
-- gives: busiest_minute integer Pages read in the day's busiest minute.
-- gives: active_people integer Who opened anything on the day; missing where they are fewer than five.
-- gives: active_people_week integer The same for the week that ends with it.
with span as (select coalesce($from, today - 27) as first, coalesce($until, today) as last from moment), days as (
    select day from load_day, span where day between first and last
    union select day from people_day, span where day between first and last
), active as (
    select d.day, p.block, bit_or(p.active) filter (p.day = d.day) as on_day, bit_or(p.active) as in_week
    from days d join people_day p on p.day between d.day - 6 and d.day group by d.day, p.block
), people as (
    select day, coalesce(sum(bit_count(on_day)), 0)::bigint as on_day, sum(bit_count(in_week))::bigint as in_week from active group by day
)
select d.day, coalesce(l.sign_ins, 0) as sign_ins, coalesce(l.pages_read, 0) as pages_read, coalesce(l.submissions, 0) as submissions,
       coalesce(l.busiest_minute, 0) as busiest_minute,
       if(p.on_day between 1 and 4, null, coalesce(p.on_day, 0)) as active_people,
       if(p.in_week between 1 and 4, null, coalesce(p.in_week, 0)) as active_people_week
from days d left join load_day l using (day) left join people p using (day)
order by d.day
