with days as (
    select day::date, day::timestamp at time zone :zone as begins, (day + interval '1 day')::timestamp at time zone :zone as ends
    from generate_series(coalesce(:from, :today - 27)::timestamp, coalesce(:until, :today)::timestamp, interval '1 day') day
), done as (
    select d.day, s.user_id, case when s.late then 'late' else 'submission' end as what
    from days d join submissions s on s.received_at >= d.begins and s.received_at < d.ends and s.state = 'recorded' and s.tenant_id = :tenant
    join assignments a on a.tenant_id = s.tenant_id and a.assignment_id = s.assignment_id and a.section_id = :section
    union all
    select d.day, v.user_id, v.kind from days d
    join activities v on v.tenant_id = :tenant and v.section_id = :section and v.occurred_at >= d.begins and v.occurred_at < d.ends
    where exists (select from enrollments e where e.tenant_id = :tenant and e.section_id = v.section_id and e.user_id = v.user_id and e.role = 'student')
)
select day, count(distinct user_id), count(*) filter (where what in ('late', 'submission')), count(*) filter (where what = 'late'),
       count(*) filter (where what in ('section_opened', 'assignment_opened', 'grade_opened')),
       count(*) filter (where what in ('material_opened', 'file_downloaded')), count(*) filter (where what = 'announcement_read')
from days left join done using (day) group by day order by day
