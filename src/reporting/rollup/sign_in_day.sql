-- $1, $2: as for class_day.
insert into rollup.sign_in_day
with came as (
    select tenant_id, actor, epoch_us("at") // 900000000 as quarter from base.audit_events
    where action = 'session.created' and "at" >= $1 and "at" < $2
), quarters as (
    select q.tenant_id, q.quarter, cast(timezone(z.zone, make_timestamptz(q.quarter * 900000000)) as date) as day
    from (select distinct tenant_id, quarter from came) q join work.zones z using (tenant_id)
)
select d.tenant_id, d.day, count(*), count(distinct s.actor)
from came s join quarters q using (tenant_id, quarter) join days_due d on d.tenant_id = s.tenant_id and d.day = q.day
group by d.tenant_id, d.day
order by d.tenant_id, d.day
