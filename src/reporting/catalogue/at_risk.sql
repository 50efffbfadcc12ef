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
-- gives: recent_percent number Of the last two that were graded.
-- gives: days_inactive integer Since they last opened anything of the class; 28 is that or more.
-- gives: class_days_inactive number The same for the middle of the class.
-- gives: reasons text Of stopped (nothing for the last three), missing (3 of 10 or more), late (half of what came), low_grades (below 50 on average), falling_grades (the last two 15 below the average of those before), inactive (a week longer than the middle of the class); with commas.
with told as (
    select s.section_id, s.user_id, s.is_missing, s.is_late, s.is_submitted, g.percent,
           row_number() over (partition by s.section_id, s.user_id order by s.due_at desc, s.assignment_id desc) as from_last,
           row_number() over (partition by s.section_id, s.user_id order by g.percent is null, s.due_at desc, s.assignment_id desc) as graded_from_last
    from standings s join students t on t.section_id = s.section_id and t.user_id = s.user_id
    left join grades g on g.section_id = s.section_id and g.assignment_id = s.assignment_id and g.user_id = s.user_id, moment m
    where s.due_at <= m.as_of and s.is_enrolled and ($section is null or s.section_id = $section)
), inactive as (
    select t.section_id, t.user_id, (m.today - coalesce(o.day, m.today - 28))::bigint as days
    from students t left join last_opened o on o.section_id = t.section_id and o.user_id = t.user_id, moment m
    where $section is null or t.section_id = $section
), middle as (
    select section_id, median(days)::double as days from inactive group by section_id
), each as (
    select section_id, user_id, count(*) as due, count(*) filter (is_missing) as missing, count(*) filter (is_late) as late,
           count(*) filter (is_submitted) as handed_in, avg(percent) as average_percent,
           avg(percent) filter (graded_from_last <= 2) as recent_percent,
           avg(percent) filter (graded_from_last > 2) as percent_before,
           count(*) filter (is_missing and from_last <= 3) = 3 as has_stopped
    from told group by section_id, user_id having count(*) >= 3
), reasoned as (
    select each.*, i.days as days_inactive, middle.days as class_days_inactive,
           concat_ws(',', if(has_stopped, 'stopped', null), if(missing * 10 >= due * 3, 'missing', null),
                     if(late * 2 >= handed_in and late > 0, 'late', null), if(average_percent < 50, 'low_grades', null),
                     if(recent_percent <= percent_before - 15, 'falling_grades', null),
                     if(i.days >= middle.days + 7, 'inactive', null)) as reasons
    from each join inactive i on i.section_id = each.section_id and i.user_id = each.user_id join middle on middle.section_id = each.section_id
)
select user_id, section_id, due, missing, late, average_percent, recent_percent, days_inactive, class_days_inactive, reasons
from reasoned where reasons <> ''
order by missing desc, late desc, section_id, user_id
