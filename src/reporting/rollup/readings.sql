-- What rows mean by the rollups' account.
-- A zone that this engine does not know would stop everything.
create or replace view work.zones as
select t.tenant_id, coalesce(z.name, 'UTC') as zone from base.tenants t left join pg_timezone_names() z on z.name = t.zone;

-- The quarter of an hour that an activity counts in: when it occurred, by the client's account, if that is what intake takes
-- (activity/record.hpp: not after it was received, and seven days before at most), else when it was received. In microseconds: an
-- interval would be added by the calendar, at a hundred times the cost.
create or replace macro work.quarter_of(occurred_at, received_at) as
    if(epoch_us(occurred_at) between epoch_us(received_at) - 604800000000 and epoch_us(received_at),
       epoch_us(occurred_at), epoch_us(received_at)) // 900000000;
