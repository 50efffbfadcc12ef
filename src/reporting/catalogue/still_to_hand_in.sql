-- Still to hand in
-- Who has handed in nothing yet of what is due soon, and when they last opened anything of the class: what is due first comes first.
-- readers: teacher administrator
-- made from: rollups
-- takes: section section optional This class alone; without it all that you may see.
-- takes: until day optional Due on this day or before; a week from today unless said.
-- gives: user_id user
-- gives: section_id section
-- gives: assignment_id assignment
-- gives: title text
-- gives: due_at instant By when this student may hand in.
-- gives: last_opened day When they last opened anything of the class, within four weeks.
with span as (
    select as_of, timezone(zone, (coalesce($until, today + 7) + 1)::timestamp) as ends from moment
)
select s.user_id, s.section_id, s.assignment_id, a.title, s.due_at, o.day as last_opened
from standings s join assignments a using (assignment_id)
left join last_opened o on o.section_id = s.section_id and o.user_id = s.user_id, span
where s.is_enrolled and not s.is_submitted and ($section is null or s.section_id = $section)
  and s.due_at > span.as_of and s.due_at < span.ends
order by s.due_at, s.assignment_id, s.user_id
