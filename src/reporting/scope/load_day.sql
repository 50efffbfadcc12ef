-- What the institution asked of the platform, day by day. A quarter of an hour lies in one day, whatever the zone.
select cast(timezone({zone}, make_timestamptz(quarter * 900000000)) as date) as day, sum(sign_ins)::bigint as sign_ins,
       sum(pages_read)::bigint as pages_read, sum(submissions)::bigint as submissions, max(busiest_minute)::bigint as busiest_minute
from (select epoch_us("minute") // 900000000 as quarter, sum(password + refresh + provider) as sign_ins, sum(page_read) as pages_read,
             sum(submission) as submissions, max(page_read) as busiest_minute
      from base.load_minutes where tenant_id = {tenant} and {whole} group by all)
group by all
