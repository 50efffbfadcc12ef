-- $1, $2: instants between which all days lie that are due now, so that the rest is not read. What was opened on them: read once, for
-- classes and people.
insert into opened_due
with came as (
    select tenant_id, user_id, section_id, kind, work.quarter_of(occurred_at, received_at) as quarter
    from base.activities where received_at >= $1 and received_at < $2::timestamptz + interval '168 hours'
), quarters as materialized ( -- else rows and days may be joined by institution alone first, each with each
    select * from (select q.tenant_id, q.quarter, cast(timezone(z.zone, make_timestamptz(q.quarter * 900000000)) as date) as day
                   from (select distinct tenant_id, quarter from came) q join rollup.zones z using (tenant_id))
    semi join activities_now using (tenant_id, day)
)
select c.tenant_id, c.user_id, c.section_id, c.kind, q.day, count(*)
from came c join quarters q using (tenant_id, quarter)
group by all
