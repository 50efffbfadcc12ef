-- School comparison
-- The institution's schools side by side: their size today, and what became of what was due between two days.
-- readers: administrator
-- made from: rollups
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- small groups: students
-- gives: school_id school
-- gives: school text
-- gives: sections integer
-- gives: students integer
-- gives: expected integer Hand-ins, if everybody had handed in everything.
-- gives: handed_in_percent number
-- gives: on_time_percent number
-- gives: missing_percent number
-- gives: average_percent number
with span as (
    select coalesce($from, today - 27) as first, coalesce($until, today) as last, timezone(zone, coalesce($from, today - 27)::timestamp) as begins,
           least(timezone(zone, (coalesce($until, today) + 1)::timestamp), as_of + interval '1 microsecond') as ends
    from moment
), due as (
    select s.school_org_id, sum(bit_count(c.enrolled))::bigint as expected, sum(bit_count(c.enrolled & c.submitted))::bigint as handed_in,
           sum(bit_count(c.enrolled & c.on_time))::bigint as on_time, sum(bit_count(c.missing))::bigint as missing,
           sum(bit_count(c.graded))::bigint as graded, sum(c.share_sum)::bigint as share_sum
    from class_assignment c join sections s using (section_id), span
    where c.due_at >= span.begins and c.due_at < span.ends
    group by s.school_org_id
), size as (
    select s.school_org_id, count(distinct s.section_id) as sections, count(distinct t.user_id) as students
    from sections s left join students t using (section_id) group by s.school_org_id
)
select o.org_id as school_id, o.name as school, size.sections, size.students, coalesce(due.expected, 0) as expected,
       (100.0 * due.handed_in / nullif(due.expected, 0))::double as handed_in_percent,
       (100.0 * due.on_time / nullif(due.expected, 0))::double as on_time_percent,
       (100.0 * due.missing / nullif(due.expected, 0))::double as missing_percent,
       (due.share_sum / 100.0 / nullif(due.graded, 0))::double as average_percent
from size join orgs o on o.org_id = size.school_org_id left join due using (school_org_id)
order by o.name, o.org_id
