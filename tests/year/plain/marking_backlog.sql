with {standing}
select section_id, assignment_id, title, us(class_due), count(*), count(*) filter (where share is null)
from standing where came and points_max > 0 group by 1, 2, 3, class_due having count(*) filter (where share is null) > 0
order by class_due, assignment_id
