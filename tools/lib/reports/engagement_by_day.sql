with asked as (select $1::uuid as tenant_id, $2::uuid as section_id), days as (
    select generate_series(current_date - 27, current_date, interval '1 day')::date as day
), done as (
    select s.received_at as at, s.user_id, case when s.late then 'late' else 'in_time' end as what
    from asked join assignments a using (tenant_id, section_id) join submissions s using (tenant_id, assignment_id)
    where s.state = 'recorded' and s.received_at >= current_date - 27
    union all
    select v.occurred_at, v.user_id, v.kind from asked join activities v using (tenant_id, section_id) where v.received_at >= current_date - 27
), came as (
    select (at at time zone 'Europe/London')::date as day, count(distinct user_id) as active_students,
           count(*) filter (where what in ('in_time', 'late')) as submissions, count(*) filter (where what = 'late') as late,
           count(*) filter (where what in ('section_opened', 'assignment_opened', 'grade_opened')) as pages_opened,
           count(*) filter (where what in ('material_opened', 'file_downloaded')) as materials_opened,
           count(*) filter (where what = 'announcement_read') as announcements_read
    from done group by 1
)
select d.day, c.* from days d left join came c using (day) order by d.day
