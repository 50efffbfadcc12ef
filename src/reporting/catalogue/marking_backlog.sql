-- Marking backlog
-- What waits to be marked: for each assignment with a scheme, whose work came in and has no released grade; the oldest first.
-- readers: teacher administrator
-- made from: rollups
-- takes: section section optional This class alone; without it all that you may see.
-- gives: section_id section
-- gives: assignment_id assignment
-- gives: title text
-- gives: due_at instant
-- gives: handed_in integer
-- gives: waiting integer Of these: without a grade.
select a.section_id, a.assignment_id, a.title, a.due_at, sum(bit_count(c.submitted))::bigint as handed_in,
       sum(bit_count(c.submitted & ~c.graded))::bigint as waiting
from class_assignment c join assignments a using (assignment_id)
where a.points_max > 0 and ($section is null or a.section_id = $section)
group by a.section_id, a.assignment_id, a.title, a.due_at
having sum(bit_count(c.submitted & ~c.graded)) > 0
order by a.due_at, a.assignment_id
