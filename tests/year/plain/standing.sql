-- What each person did in each assignment of a class (:section, null: of all), from the rows themselves.
work as (
    select a.section_id, a.assignment_id, a.title, (a.due_at at time zone :zone)::date as due_day,
           greatest(a.due_at, (select x.due_at from extensions x where x.tenant_id = a.tenant_id and x.assignment_id = a.assignment_id
                                                               and x.user_id is null and x.revoked_at is null)) as class_due,
           (select s.points_max from marking m join marking_schemes s using (tenant_id, assignment_id, version)
            where m.tenant_id = a.tenant_id and m.assignment_id = a.assignment_id) as points_max
    from assignments a
    where a.tenant_id = :tenant and a.active and a.withdrawn_at is null and (:section::uuid is null or a.section_id = :section::uuid)
), here as (
    select distinct w.assignment_id, e.user_id from work w join enrollments e on e.tenant_id = :tenant and e.section_id = w.section_id
    where e.role = 'student' and e.status = 'active' and coalesce(e.begin_date, due_day) <= due_day and coalesce(e.end_date, due_day + 1) > due_day
), handed as (
    select s.assignment_id, s.user_id, count(*) as times, count(*) filter (where not s.late) as in_time
    from submissions s join work using (assignment_id) where s.tenant_id = :tenant and s.state = 'recorded' group by 1, 2
), told as (
    select distinct on (g.assignment_id, g.user_id) g.assignment_id, g.user_id, g.points * 10000 / s.points_max as share,
           g.points * 100.0::float8 / s.points_max as percent
    from grades g join work using (assignment_id)
    join marking_schemes s on s.tenant_id = g.tenant_id and s.assignment_id = g.assignment_id and s.version = g.scheme_version
    where g.tenant_id = :tenant and s.points_max > 0 order by g.assignment_id, g.user_id, g.number desc
), standing as (
    select w.*, p.user_id, greatest(w.class_due, x.due_at) as due_at, here.user_id is not null as enrolled, coalesce(times, 0) > 0 as came,
           coalesce(in_time, 0) > 0 as came_in_time, coalesce(times, 0) > 0 and coalesce(in_time, 0) = 0 as came_late,
           here.user_id is not null and times is null and greatest(w.class_due, x.due_at) <= :as_of as missing, told.share, told.percent
    from (select * from here union select assignment_id, user_id from handed union select assignment_id, user_id from told) p
    join work w using (assignment_id) left join here using (assignment_id, user_id) left join handed using (assignment_id, user_id)
    left join told using (assignment_id, user_id)
    left join extensions x on x.tenant_id = :tenant and x.assignment_id = p.assignment_id and x.user_id = p.user_id and x.revoked_at is null
), present as (
    select distinct e.section_id, e.user_id from enrollments e
    where e.tenant_id = :tenant and e.role = 'student' and e.status = 'active' and coalesce(e.begin_date, :today) <= :today
      and coalesce(e.end_date, :today + 1) > :today and (:section::uuid is null or e.section_id = :section::uuid)
)
