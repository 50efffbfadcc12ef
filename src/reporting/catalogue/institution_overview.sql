-- Institution overview
-- The whole institution in one line: its size today, and what was due between two days.
-- readers: administrator
-- made from: rollups
-- takes: from day optional Four weeks ago unless said.
-- takes: until day optional Today unless said.
-- small groups: students
-- gives: schools integer
-- gives: sections integer
-- gives: students integer
-- gives: teachers integer
-- gives: assignments_due integer
-- gives: expected integer Hand-ins, if everybody had handed in everything.
-- gives: handed_in integer
-- gives: on_time integer
-- gives: missing integer
-- gives: graded integer
-- gives: sign_ins integer
with span as (select coalesce($from, today - 27) as first, coalesce($until, today) as last, zone, as_of from moment), due as (
    select c.* from class_assignment c, span
    where c.due_at <= span.as_of and cast(timezone(span.zone, c.due_at) as date) between span.first and span.last
)
select (select count(distinct school_org_id) from sections) as schools, (select count(*) from sections) as sections,
       (select count(distinct user_id) from students) as students, (select count(distinct user_id) from teachers) as teachers,
       (select count(distinct assignment_id) from due) as assignments_due,
       (select coalesce(sum(bit_count(enrolled)), 0)::bigint from due) as expected,
       (select coalesce(sum(bit_count(enrolled & submitted)), 0)::bigint from due) as handed_in,
       (select coalesce(sum(bit_count(enrolled & on_time)), 0)::bigint from due) as on_time,
       (select coalesce(sum(bit_count(missing)), 0)::bigint from due) as missing,
       (select coalesce(sum(bit_count(graded)), 0)::bigint from due) as graded,
       (select coalesce(sum(sign_ins), 0)::bigint from sign_in_day, span where day between span.first and span.last) as sign_ins
