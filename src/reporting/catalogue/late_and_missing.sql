-- Late and missing work
-- Who handed in late, or not at all: one line for each student and assignment, the newest first.
-- readers: teacher administrator
-- made from: rollups
-- takes: section section optional This class alone; without it all that you may see.
-- takes: from day optional Due on this day or later; four weeks ago unless said.
-- takes: until day optional Due on this day or before; today unless said.
-- gives: user_id user
-- gives: section_id section
-- gives: assignment_id assignment
-- gives: title text
-- gives: due_at instant By when this student might hand in.
-- gives: state text late or missing.
with span as (
    select timezone(zone, coalesce($from, today - 27)::timestamp) as begins, timezone(zone, (coalesce($until, today) + 1)::timestamp) as ends
    from moment
)
select s.user_id, s.section_id, s.assignment_id, a.title, s.due_at, if(s.is_missing, 'missing', 'late') as state
from standings s join assignments a using (assignment_id), span
where (s.is_late or s.is_missing) and ($section is null or s.section_id = $section)
  and s.due_at >= span.begins and s.due_at < span.ends
order by s.due_at desc, s.assignment_id, s.user_id
