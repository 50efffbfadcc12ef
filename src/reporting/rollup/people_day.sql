insert into rollup.people
select n.tenant_id, n.user_id, coalesce(m.most, -1) + row_number() over (partition by n.tenant_id order by n.user_id)
from (select distinct tenant_id, user_id from opened_due anti join rollup.people using (tenant_id, user_id)) n
left join (select tenant_id, max(ordinal) as most from rollup.people group by all) m using (tenant_id);

delete from rollup.people_day using (select distinct tenant_id, day from activities_now) d
where people_day.tenant_id = d.tenant_id and people_day.day = d.day;

insert into rollup.people_day
select o.tenant_id, o.day, p.ordinal // 64 as block, bit_or(1::ubigint << (p.ordinal % 64)::ubigint), sum(o.activities)::bigint
from opened_due o join rollup.people p using (tenant_id, user_id)
group by o.tenant_id, o.day, p.ordinal // 64
order by o.tenant_id, o.day, block;
