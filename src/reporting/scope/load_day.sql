-- What the institution asked of the platform, day by day.
select cast(timezone(z.zone, l."minute") as date) as day, sum(l.password + l.refresh + l.provider)::bigint as sign_ins,
       sum(l.page_read)::bigint as pages_read, sum(l.submission)::bigint as submissions, max(l.page_read)::bigint as busiest_minute
from base.load_minutes l join rollup.zones z using (tenant_id)
where l.tenant_id = {tenant} and {whole}
group by all
