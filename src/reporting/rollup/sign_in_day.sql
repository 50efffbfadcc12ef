-- $1, $2: as for class_day.
insert into rollup.sign_in_day
select e.tenant_id, e.day, count(*), count(distinct e.actor)
from (select r.tenant_id, r.actor, cast(timezone(z.zone, r."at") as date) as day
      from base.audit_events r join work.zones z using (tenant_id)
      where r.action = 'session.created' and r."at" >= $1 and r."at" < $2) e
join days_due using (tenant_id, day)
group by e.tenant_id, e.day
order by e.tenant_id, e.day
