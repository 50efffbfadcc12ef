with {standing}
select w.assignment_id, w.title, us(w.class_due), count(*) filter (where enrolled), count(*) filter (where came), count(*) filter (where came_in_time),
       count(*) filter (where came_late), count(*) filter (where missing), count(s.share), avg(s.share / 100.0)::float8
from work w left join standing s using (assignment_id)
group by w.assignment_id, w.title, w.class_due order by w.class_due, w.assignment_id
