delete from rollup.class_assignment using assignments_due d
where class_assignment.tenant_id = d.tenant_id and class_assignment.assignment_id = d.assignment_id;

insert into rollup.class_assignment
with due as (
    select a.tenant_id, a.section_id, a.assignment_id, cast(timezone(z.zone, a.due_at) as date) as day
    from base.assignments a join assignments_due using (tenant_id, assignment_id) join rollup.zones z using (tenant_id)
), enrolled as (
    select distinct d.tenant_id, d.assignment_id, e.user_id
    from due d join base.enrollments e using (tenant_id, section_id)
    where e.role = 'student' and e.status = 'active'
      and (e.begin_date is null or e.begin_date <= d.day) and (e.end_date is null or e.end_date > d.day)
), each as (
    select d.tenant_id, d.section_id, d.assignment_id, seat.ordinal // 64 as block,
           1::ubigint << (seat.ordinal % 64)::ubigint as bit,
           e.user_id is not null as is_enrolled, h.user_id is not null as is_submitted, coalesce(h.on_time, false) as is_on_time,
           coalesce(h.submissions, 0) as submissions, t.share,
           if(t.share >= 10000, 19, t.share * 20 // 10000) as bucket
    from due d join rollup.seats seat using (tenant_id, section_id)
    left join enrolled e on e.tenant_id = d.tenant_id and e.assignment_id = d.assignment_id and e.user_id = seat.user_id
    left join handed_in_due h on h.tenant_id = d.tenant_id and h.assignment_id = d.assignment_id and h.user_id = seat.user_id
    left join told_due t on t.tenant_id = d.tenant_id and t.assignment_id = d.assignment_id and t.user_id = seat.user_id
)
select tenant_id, section_id, assignment_id, block,
       coalesce(bit_or(bit) filter (is_enrolled), 0), coalesce(bit_or(bit) filter (is_submitted), 0),
       coalesce(bit_or(bit) filter (is_on_time), 0), coalesce(bit_or(bit) filter (share is not null), 0),
       sum(submissions)::bigint, coalesce(sum(share), 0)::bigint, coalesce(sum(share * share), 0)::bigint,
       count(*) filter (bucket = 0), count(*) filter (bucket = 1), count(*) filter (bucket = 2), count(*) filter (bucket = 3),
       count(*) filter (bucket = 4), count(*) filter (bucket = 5), count(*) filter (bucket = 6), count(*) filter (bucket = 7),
       count(*) filter (bucket = 8), count(*) filter (bucket = 9), count(*) filter (bucket = 10), count(*) filter (bucket = 11),
       count(*) filter (bucket = 12), count(*) filter (bucket = 13), count(*) filter (bucket = 14), count(*) filter (bucket = 15),
       count(*) filter (bucket = 16), count(*) filter (bucket = 17), count(*) filter (bucket = 18), count(*) filter (bucket = 19)
from each
where is_enrolled or is_submitted or share is not null
group by tenant_id, section_id, assignment_id, block
order by tenant_id, section_id, assignment_id, block;
