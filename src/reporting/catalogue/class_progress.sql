-- Class progress
-- One line for each assignment of a class: how many handed in, in time or late, how many did not, and what was given.
-- readers: teacher administrator
-- made from: rollups
-- takes: section section required The class.
-- gives: assignment_id assignment
-- gives: title text
-- gives: due_at instant By when the whole class may hand in.
-- gives: students integer Enrolled on the day that it was due.
-- gives: handed_in integer
-- gives: on_time integer
-- gives: late integer Who handed in late only.
-- gives: missing integer Whose time is over, without anything handed in.
-- gives: graded integer
-- gives: average_percent number Of those who were graded.
select a.assignment_id, a.title, a.due_at,
       coalesce(sum(bit_count(c.enrolled)), 0)::bigint as students,
       coalesce(sum(bit_count(c.submitted)), 0)::bigint as handed_in,
       coalesce(sum(bit_count(c.on_time)), 0)::bigint as on_time,
       coalesce(sum(bit_count(c.late)), 0)::bigint as late,
       coalesce(sum(bit_count(c.missing)), 0)::bigint as missing,
       coalesce(sum(bit_count(c.graded)), 0)::bigint as graded,
       (sum(c.share_sum)::bigint / 100.0 / nullif(sum(bit_count(c.graded))::bigint, 0))::double as average_percent
from assignments a left join class_assignment c using (assignment_id)
where a.section_id = $section
group by a.assignment_id, a.title, a.due_at
order by a.due_at, a.assignment_id
