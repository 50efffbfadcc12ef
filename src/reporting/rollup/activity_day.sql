delete from rollup.activity_day using (select distinct tenant_id, section_id, day from activities_now) d
where activity_day.tenant_id = d.tenant_id and activity_day.section_id = d.section_id and activity_day.day = d.day;

insert into rollup.activity_day
select o.tenant_id, o.section_id, o.day, seat.ordinal // 64 as block, bit_or(1::ubigint << (seat.ordinal % 64)::ubigint),
       coalesce(sum(activities) filter (o.kind = 'section_opened'), 0)::bigint,
       coalesce(sum(activities) filter (o.kind = 'assignment_opened'), 0)::bigint,
       coalesce(sum(activities) filter (o.kind = 'grade_opened'), 0)::bigint,
       coalesce(sum(activities) filter (o.kind = 'material_opened'), 0)::bigint,
       coalesce(sum(activities) filter (o.kind = 'file_downloaded'), 0)::bigint,
       coalesce(sum(activities) filter (o.kind = 'announcement_read'), 0)::bigint
from opened_due o semi join activities_now using (tenant_id, section_id, day)
join rollup.seats seat on seat.tenant_id = o.tenant_id and seat.section_id = o.section_id and seat.user_id = o.user_id and seat.is_student
group by o.tenant_id, o.section_id, o.day, seat.ordinal // 64
order by o.tenant_id, o.section_id, o.day, block;
