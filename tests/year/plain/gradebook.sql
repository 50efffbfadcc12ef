with {standing}
select user_id, assignment_id, title, us(due_at),
       case when came_late then 'late' when came then 'handed_in' when not enrolled then 'not_enrolled' when missing then 'missing' else 'open' end, percent
from standing join present using (section_id, user_id) order by user_id, class_due, assignment_id
