-- Submission audit
-- Everything that came in between two days, the newest first: when it was received and recorded, whether it counts, and why not.
-- readers: teacher administrator
-- made from: rows
-- takes: section section optional This class alone; without it all that you may see.
-- takes: from day optional A week ago unless said.
-- takes: until day optional Today unless said.
-- gives: submission_id submission
-- gives: assignment_id assignment
-- gives: section_id section
-- gives: user_id user Missing while the assignment is marked anonymously.
-- gives: received_at instant
-- gives: recorded_at instant
-- gives: state text recorded or refused.
-- gives: late boolean
-- gives: reason text Why it was refused.
with span as (
    select timezone(zone, coalesce($from, today - 6)::timestamp) as begins, timezone(zone, (coalesce($until, today) + 1)::timestamp) as ends
    from moment
)
select s.submission_id, s.assignment_id, s.section_id, s.user_id, s.received_at, s.recorded_at, s.state, s.late, s.reason
from submissions s, span
where ($section is null or s.section_id = $section)
  and s.received_at >= span.begins and s.received_at < span.ends
order by s.received_at desc, s.submission_id
