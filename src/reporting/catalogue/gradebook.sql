-- Gradebook
-- Every student of a class in every assignment: what became of it, and the newest grade that they were told.
-- readers: teacher administrator
-- made from: rows
-- takes: section section required The class.
-- gives: user_id user
-- gives: assignment_id assignment
-- gives: title text
-- gives: due_at instant By when this student may hand in.
-- gives: state text One of handed_in, late, missing, open, not_enrolled (on the day that it was due).
-- gives: percent number
select s.user_id, s.assignment_id, a.title, s.due_at,
       case when s.is_late then 'late' when s.is_submitted then 'handed_in' when not s.is_enrolled then 'not_enrolled'
            when s.is_missing then 'missing' else 'open' end as state,
       g.percent
from standings s join assignments a using (assignment_id)
join students t on t.section_id = s.section_id and t.user_id = s.user_id
left join (select * from grades where section_id = $section) g on g.assignment_id = s.assignment_id and g.user_id = s.user_id
where s.section_id = $section
order by s.user_id, a.due_at, s.assignment_id
