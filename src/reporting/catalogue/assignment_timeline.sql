-- Assignment timeline
-- When work came in: hour by hour, those in which something came.
-- readers: teacher administrator
-- made from: rows
-- takes: assignment assignment required
-- gives: hour instant
-- gives: submissions integer
-- gives: late integer
-- gives: students_so_far integer Who handed in until this hour's end.
with came as (
    select date_trunc('hour', received_at) as hour, late,
           row_number() over (partition by user_id order by received_at, submission_id) = 1 and user_id is not null as is_first
    from submissions where assignment_id = $assignment and state = 'recorded'
)
select hour, count(*) as submissions, count(*) filter (late) as late,
       sum(count(*) filter (is_first)) over (order by hour)::bigint as students_so_far
from came group by hour order by hour
