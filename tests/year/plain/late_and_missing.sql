with {standing}
select user_id, section_id, assignment_id, title, us(due_at), case when missing then 'missing' else 'late' end
from standing where (came_late or missing) and (due_at at time zone :zone)::date between coalesce(:from, :today - 27) and coalesce(:until, :today)
order by due_at desc, assignment_id, user_id limit 10000
