-- $1, $2: as for class_day.
insert into rollup.sign_in_day
with came as (
    select tenant_id, actor, epoch_us("at") // 900000000 as quarter from base.audit_events
    where action = 'session.created' and "at" >= $1 and "at" < $2
), quarters as materialized ( -- of days that are due; else rows and days may be joined by institution alone first, each with each
    select * from (select q.tenant_id, q.quarter, cast(timezone(z.zone, make_timestamptz(q.quarter * 900000000)) as date) as day
                   from (select distinct tenant_id, quarter from came) q join rollup.zones z using (tenant_id))
    semi join days_due using (tenant_id, day)
)
select s.tenant_id, q.day, count(*), count(distinct s.actor)
from came s join quarters q using (tenant_id, quarter)
group by s.tenant_id, q.day
order by s.tenant_id, q.day
