with {standing}, idle as (
    select p.section_id, p.user_id, least(28, :today - coalesce(max((v.occurred_at at time zone :zone)::date), :today - 28)) as days
    from present p left join activities v on v.tenant_id = :tenant and v.section_id = p.section_id and v.user_id = p.user_id
         and v.occurred_at >= (:today - 27)::timestamp at time zone :zone and v.occurred_at < (:today + 1)::timestamp at time zone :zone
    group by 1, 2
), middle as (
    select section_id, percentile_cont(0.5) within group (order by days) as days from idle group by 1
), pupil as (
    select section_id, user_id, array_agg(missing order by due_at desc, assignment_id desc) as missed, count(*) as due, count(*) filter (where missing) as missing,
           count(*) filter (where came_late) as late, count(*) filter (where came) as came, avg(percent) as average,
           array_agg(percent order by due_at desc, assignment_id desc) filter (where percent is not null) as percents
    from standing join present using (section_id, user_id) where enrolled and due_at <= :as_of group by 1, 2
), told_of as (
    select p.*, i.days, m.days as class_days, (select avg(v) from unnest(percents[1:2]) v) as recent,
           concat_ws(',', case when missed[1] and missed[2] and missed[3] then 'stopped' end, case when missing >= 0.3 * due then 'missing' end,
                     case when late > 0 and late >= came / 2.0 then 'late' end, case when average < 50 then 'low_grades' end,
                     case when (select avg(v) from unnest(percents[1:2]) v) <= (select avg(v) from unnest(percents[3:]) v) - 15 then 'falling_grades' end,
                     case when i.days >= m.days + 7 then 'inactive' end) as reasons
    from pupil p join idle i using (section_id, user_id) join middle m using (section_id) where due >= 3
)
select user_id, section_id, due, missing, late, average, recent, days, class_days, reasons from told_of where reasons <> ''
order by missing desc, late desc, section_id, user_id limit 10000
