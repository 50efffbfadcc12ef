-- Engagement by day
-- How many of a class handed something in on each day, and how much.
-- readers: teacher administrator
-- made from: rollups
-- takes: section section required The class.
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- gives: day day In the institution's zone.
-- gives: active_students integer
-- gives: submissions integer
-- gives: late integer
with days as (
    select cast(unnest(generate_series(coalesce($from, m.today - 27)::timestamp, coalesce($until, m.today)::timestamp, interval '1 day')) as date) as day
    from moment m
)
select d.day, coalesce(sum(bit_count(c.active)), 0)::bigint as active_students,
       coalesce(sum(c.submissions), 0)::bigint as submissions, coalesce(sum(c.late), 0)::bigint as late
from days d left join class_day c on c.day = d.day and c.section_id = $section
group by d.day order by d.day
