with came as (
    select date_trunc('hour', received_at, 'UTC') as hour, user_id, late from submissions
    where tenant_id = :tenant and assignment_id = :assignment and state = 'recorded'
)
select us(hour), count(*), count(*) filter (where late), (select count(distinct b.user_id) from came b where b.hour <= a.hour)
from came a group by hour order by hour
