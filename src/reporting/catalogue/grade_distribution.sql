-- Grade distribution
-- How the grades of a class lie: for each graded assignment twenty steps of five percent.
-- readers: teacher administrator
-- made from: rollups
-- takes: section section required The class.
-- takes: assignment assignment optional This one alone.
-- gives: assignment_id assignment
-- gives: title text
-- gives: from_percent integer The step's beginning; it ends five higher, and 100 belongs to the last.
-- gives: students integer
with steps as (
    select c.assignment_id, unnest(range(20)) as step,
           unnest([h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18, h19]) as students
    from class_assignment c
    where c.section_id = $section and ($assignment is null or c.assignment_id = $assignment) and c.graded <> 0
)
select a.assignment_id, a.title, s.step * 5 as from_percent, sum(s.students)::bigint as students
from steps s join assignments a using (assignment_id)
group by a.assignment_id, a.title, a.due_at, s.step
order by a.due_at, a.assignment_id, s.step
