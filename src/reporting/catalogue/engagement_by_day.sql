-- Engagement by day
-- How many of a class opened or handed in anything on each day, and what.
-- readers: teacher administrator
-- made from: rollups
-- takes: section section required The class.
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- gives: day day In the institution's zone.
-- gives: active_students integer Who opened or handed in anything.
-- gives: submissions integer
-- gives: late integer
-- gives: pages_opened integer The class's, its assignments' and its grades'.
-- gives: materials_opened integer Files among them.
-- gives: announcements_read integer
with days as (
    select cast(unnest(generate_series(coalesce($from, m.today - 27)::timestamp, coalesce($until, m.today)::timestamp, interval '1 day')) as date) as day
    from moment m
), done as (
    select day, block, active, submissions, late, 0 as pages, 0 as materials, 0 as announcements from class_day where section_id = $section
    union all
    select day, block, opened, 0, 0, sections + assignments + grades, materials + files, announcements from activity_day
    where section_id = $section
), blocks as (
    select day, block, bit_or(active) as active, sum(submissions) as submissions, sum(late) as late, sum(pages) as pages,
           sum(materials) as materials, sum(announcements) as announcements
    from done group by day, block
)
select d.day, coalesce(sum(bit_count(b.active)), 0)::bigint as active_students,
       coalesce(sum(b.submissions), 0)::bigint as submissions, coalesce(sum(b.late), 0)::bigint as late,
       coalesce(sum(b.pages), 0)::bigint as pages_opened, coalesce(sum(b.materials), 0)::bigint as materials_opened,
       coalesce(sum(b.announcements), 0)::bigint as announcements_read
from days d left join blocks b using (day)
group by d.day order by d.day
