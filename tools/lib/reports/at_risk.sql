with asked as (select $1::uuid as tenant_id, $2::uuid as section_id), came as (
    select s.assignment_id, s.user_id, bool_and(s.late) as late
    from asked join submissions s using (tenant_id) where s.state = 'recorded' group by s.assignment_id, s.user_id
), told as (
    select distinct on (g.assignment_id, g.user_id) g.assignment_id, g.user_id, g.points * 100.0 / nullif(m.points_max, 0) as percent
    from asked join grades g using (tenant_id)
    join marking_schemes m on m.tenant_id = g.tenant_id and m.assignment_id = g.assignment_id and m.version = g.scheme_version
    order by g.assignment_id, g.user_id, g.number desc
), standing as (
    select a.section_id, e.user_id, c.user_id is null as is_missing, c.late, t.percent,
           row_number() over (partition by a.section_id, e.user_id order by a.due_at desc, a.assignment_id desc) as from_last, null::date as opened_on
    from asked join assignments a using (tenant_id)
    join enrollments e on e.tenant_id = a.tenant_id and e.section_id = a.section_id and e.role = 'student' and e.status = 'active'
    left join came c on c.assignment_id = a.assignment_id and c.user_id = e.user_id
    left join told t on t.assignment_id = a.assignment_id and t.user_id = e.user_id
    where a.active and a.due_at <= now()
    union all
    select v.section_id, v.user_id, null, null, null, null, max((v.occurred_at at time zone 'Europe/London')::date)
    from asked join activities v using (tenant_id) where v.received_at >= current_date - 27 group by v.section_id, v.user_id
), each as (
    select section_id, user_id, count(from_last) as due, count(*) filter (where is_missing) as missing, count(*) filter (where late) as late,
           count(*) filter (where not is_missing) as handed_in, avg(percent) as average_percent,
           count(*) filter (where is_missing and from_last <= 3) = 3 as has_stopped, coalesce(current_date - max(opened_on), 28) as days
    from standing group by section_id, user_id having count(from_last) >= 3
), middle as (
    select section_id, percentile_cont(0.5) within group (order by days) as days from each group by section_id
)
select e.user_id, e.section_id, e.due, e.missing, e.late, e.average_percent, e.days, m.days as class_days
from each e join middle m using (section_id)
where e.has_stopped or e.missing * 10 >= e.due * 3 or e.late * 2 >= e.handed_in and e.late > 0 or e.average_percent < 50 or e.days >= m.days + 7
order by e.missing desc, e.late desc, e.section_id, e.user_id limit 10000
