-- Institution overview
-- The whole institution in one line: its size today, and what was due between two days.
-- readers: administrator
-- made from: rollups
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- small groups: students
-- gives: schools integer
-- gives: sections integer
-- gives: students integer
-- gives: teachers integer
-- gives: assignments_due integer
-- gives: expected integer Hand-ins, if everybody had handed in everything.
-- gives: handed_in integer
-- gives: on_time integer
-- gives: missing integer
-- gives: graded integer
-- gives: sign_ins integer
-- gives: active_people integer Who opened anything; missing where they are fewer than five.
-- gives: active_people_week integer The same for the last week of these days.
with span as (
    select coalesce($from, today - 27) as first, coalesce($until, today) as last, timezone(zone, coalesce($from, today - 27)::timestamp) as begins,
           least(timezone(zone, (coalesce($until, today) + 1)::timestamp), as_of + interval '1 microsecond') as ends
    from moment
), people as (
    select sum(bit_count(active))::bigint as active, sum(bit_count(active_week))::bigint as active_week
    from (select bit_or(p.active) as active, bit_or(p.active) filter (p.day > span.last - 7) as active_week
          from people_day p, span where p.day between span.first and span.last group by p.block)
), due as (
    select count(distinct c.assignment_id) as assignments, sum(bit_count(c.enrolled))::bigint as expected,
           sum(bit_count(c.enrolled & c.submitted))::bigint as handed_in, sum(bit_count(c.enrolled & c.on_time))::bigint as on_time,
           sum(bit_count(c.missing))::bigint as missing, sum(bit_count(c.graded))::bigint as graded
    from class_assignment c, span where c.due_at >= span.begins and c.due_at < span.ends
)
select (select count(distinct school_org_id) from sections) as schools, (select count(*) from sections) as sections,
       (select count(distinct user_id) from students) as students, (select count(distinct user_id) from teachers) as teachers,
       due.assignments as assignments_due, coalesce(due.expected, 0) as expected, coalesce(due.handed_in, 0) as handed_in,
       coalesce(due.on_time, 0) as on_time, coalesce(due.missing, 0) as missing, coalesce(due.graded, 0) as graded,
       (select coalesce(sum(sign_ins), 0)::bigint from sign_in_day, span where day between span.first and span.last) as sign_ins,
       if(people.active between 1 and 4, null, coalesce(people.active, 0)) as active_people,
       if(people.active_week between 1 and 4, null, coalesce(people.active_week, 0)) as active_people_week
from due, people
