-- Students at risk
-- Who may need help, and why: today's students with three assignments due or more, those with the most missing first.
-- readers: teacher administrator
-- made from: rows
-- takes: section section optional This class alone; without it all that you may see.
-- gives: user_id user
-- gives: section_id section
-- gives: due integer Assignments whose time is over.
-- gives: missing integer
-- gives: late integer
-- gives: average_percent number
-- gives: reasons text Of stopped (nothing for the last three), missing (3 of 10 or more), late (half of what came), low_grades (below 50 on average); with commas.
with told as (
    select s.section_id, s.user_id, s.is_missing, s.is_late, s.is_submitted, s.percent,
           row_number() over (partition by s.section_id, s.user_id order by s.due_at desc, s.assignment_id desc) as from_last
    from standings s join students t on t.section_id = s.section_id and t.user_id = s.user_id, moment m
    where s.due_at <= m.as_of and s.is_enrolled and ($section is null or s.section_id = $section)
), each as (
    select section_id, user_id, count(*) as due, count(*) filter (is_missing) as missing, count(*) filter (is_late) as late,
           count(*) filter (is_submitted) as handed_in, avg(percent) as average_percent,
           count(*) filter (is_missing and from_last <= 3) = 3 as has_stopped
    from told group by section_id, user_id having count(*) >= 3
), reasoned as (
    select *, concat_ws(',', if(has_stopped, 'stopped', null), if(missing * 10 >= due * 3, 'missing', null),
                        if(late * 2 >= handed_in and late > 0, 'late', null), if(average_percent < 50, 'low_grades', null)) as reasons
    from each
)
select user_id, section_id, due, missing, late, average_percent, reasons from reasoned where reasons <> ''
order by missing desc, late desc, section_id, user_id
