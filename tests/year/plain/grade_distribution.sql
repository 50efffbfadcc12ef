with {standing}
select s.assignment_id, s.title, step * 5, count(*) filter (where least(s.share / 500, 19) = step)
from standing s, generate_series(0, 19) step
where s.share is not null and (:assignment::uuid is null or s.assignment_id = :assignment::uuid)
group by s.assignment_id, s.title, s.class_due, step order by s.class_due, s.assignment_id, step
