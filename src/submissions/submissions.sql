-- Assignments, the recorder's writing, and what people read back.

-- name: assignments_from_line_items
-- $1: the tenant's zone. A due date means the end of that local day there. One row for each active line item; a due instant or a
-- title that a teacher set stays, and what a teacher withdrew stays so.
insert into assignments as a (assignment_id, section_id, title, due_at, active)
select l.line_item_id, l.section_id, l.title,
       coalesce(l.due_at_given, ((l.due_date + 1)::timestamp at time zone $1)), l.status = 'active'
from line_items l
where coalesce(l.due_at_given, ((l.due_date + 1)::timestamp at time zone $1)) is not null
on conflict (tenant_id, assignment_id) do update
set section_id = excluded.section_id, title = case when a.title_set_here then a.title else excluded.title end,
    active = excluded.active and a.withdrawn_at is null, version = a.version + 1,
    due_at = case when a.due_set_here then a.due_at else excluded.due_at end
where (a.section_id, a.active) is distinct from (excluded.section_id, excluded.active and a.withdrawn_at is null)
   or (not a.title_set_here and a.title <> excluded.title)
   or (not a.due_set_here and a.due_at <> excluded.due_at)

-- name: make_assignment
-- $1 id, $2 section, $3 may the caller do so anywhere?, $4 the caller, who teaches there otherwise; $5 title, $6 instructions, then the
-- rules as in change_assignment; $17 what it is made from. Is there such a section, and was it made? One of this id that is there already stays as it is.
with place as materialized (
    select s.section_id from sections s
    where s.section_id = $2 and s.status = 'active'
      and ($3 or exists (select from enrollments e where e.user_id = $4 and e.section_id = s.section_id and e.role = 'teacher'
                                                     and e.status = 'active'))
), made as (
    insert into assignments (assignment_id, section_id, title, title_set_here, instructions, due_at, due_set_here, kind, questions, opens_at,
                             late_seconds_limit, content_bytes_limit, attempts_limit, files_limit, file_bytes_limit, upload_grace_seconds,
                             made_from)
    select $1, p.section_id, $5, true, $6, $7, true,
           case $8 when 'structured' then 'structured' when 'file' then 'file' else 'text' end, $9::jsonb, $10::timestamptz,
           $11::bigint, $12::integer, $13::integer, $14::integer, $15::bigint, $16::integer, $17
    from place p
    on conflict (tenant_id, assignment_id) do nothing
    returning assignment_id
)
select exists (select from place), exists (select from made)

-- name: was_made_from
-- $1 assignment, $2 what it would be made from: a row if that is what stands. A statement later than make_assignment, so it is seen.
select a.assignment_id from assignments a where a.assignment_id = $1 and a.made_from = $2

-- name: list_assignments
-- $1 user, $2 due at or after, $3 and $4 the cursor's due instant and id, $5 limit, $6 those that stand (else those that do not, of
-- sections that the user teaches). By the assignment's own due instant. The last columns are a student's: what was granted; where
-- attempts are limited, how many are recorded; what they handed in last.
with attended as materialized (
    select e.section_id from enrollments e where e.user_id = $1 and e.role = 'student' and e.status = 'active'
), page as materialized (
    select a.* from assignments a
    where a.active = $6
      and exists (select from enrollments e where e.user_id = $1 and e.section_id = a.section_id and e.status = 'active'
                                              and ($6 or e.role = 'teacher'))
      and a.due_at >= $2 and (a.due_at, a.assignment_id) > ($3, $4)
    order by a.due_at, a.assignment_id
    limit $5
)
select a.assignment_id, a.title, s.section_id, s.title, a.due_at, a.version, a.kind, a.questions::text, a.opens_at,
       a.late_seconds_limit, a.content_bytes_limit::bigint, a.attempts_limit::bigint,
       a.files_limit::bigint, a.file_bytes_limit, a.upload_grace_seconds::bigint, x.due_at, x.attempts_extra,
       case when a.attempts_limit is not null and a.section_id in (select section_id from attended) then
           (select count(*) from submissions n where n.user_id = $1 and n.assignment_id = a.assignment_id and n.state = 'recorded') end,
       l.submission_id, l.state, l.received_at, l.late
from page a join sections s on s.section_id = a.section_id
cross join lateral (select max(e.due_at) as due_at, max(e.attempts_extra)::bigint as attempts_extra from extensions e
                    where e.assignment_id = a.assignment_id and (e.user_id = $1 or e.user_id is null)
                      and e.revoked_at is null and a.section_id in (select section_id from attended)) x
left join lateral (select n.submission_id, n.state, n.received_at, n.late from submissions n
                   where n.user_id = $1 and n.assignment_id = a.assignment_id
                   order by n.received_at desc, n.journal_epoch desc, n.journal_seq desc limit 1) l on true
order by a.due_at, a.assignment_id

-- name: get_assignment
-- $1 assignment, $2 user. The columns after the rules: what the caller was granted and has recorded, as a student, and handed in last;
-- the caller's roles in its section; whether teachers are not to know who handed in what; whether it stands.
select a.assignment_id, a.title, s.section_id, s.title, a.due_at, a.version, a.kind, a.questions::text, a.opens_at,
       a.late_seconds_limit, a.content_bytes_limit::bigint, a.attempts_limit::bigint,
       a.files_limit::bigint, a.file_bytes_limit, a.upload_grace_seconds::bigint, x.due_at, x.attempts_extra,
       case when r.attends then
           (select count(*) from submissions n
            where n.user_id = $2 and n.assignment_id = a.assignment_id and n.state = 'recorded') end,
       l.submission_id, l.state, l.received_at, l.late,
       coalesce(r.teaches, false), coalesce(r.attends, false), a.identities_hidden, a.active, a.instructions
from assignments a join sections s on s.section_id = a.section_id
cross join lateral (select bool_or(e.role = 'teacher') as teaches, bool_or(e.role = 'student') as attends from enrollments e
                    where e.user_id = $2 and e.section_id = a.section_id and e.status = 'active') r
cross join lateral (select max(e.due_at) as due_at, max(e.attempts_extra)::bigint as attempts_extra from extensions e
                    where e.assignment_id = a.assignment_id and (e.user_id = $2 or e.user_id is null)
                      and e.revoked_at is null and r.attends) x
left join lateral (select n.submission_id, n.state, n.received_at, n.late from submissions n
                   where n.user_id = $2 and n.assignment_id = a.assignment_id
                   order by n.received_at desc, n.journal_epoch desc, n.journal_seq desc limit 1) l on true
where a.assignment_id = $1

-- name: change_assignment
-- $1 assignment, $2 the version that the caller saw, $3 title, $4 instructions, then the rules; $6: the kind. What was handed in keeps
-- the kind it was handed in for.
update assignments
set title = $3, title_set_here = title_set_here or title <> $3, instructions = $4,
    due_at = $5, due_set_here = due_set_here or due_at <> $5,
    kind = case $6 when 'structured' then 'structured' when 'file' then 'file' else 'text' end, questions = $7, opens_at = $8,
    late_seconds_limit = $9, content_bytes_limit = $10, attempts_limit = $11, files_limit = $12, file_bytes_limit = $13,
    upload_grace_seconds = $14, version = version + 1
where assignment_id = $1 and version = $2
  and (kind = case $6 when 'structured' then 'structured' when 'file' then 'file' else 'text' end
       or not exists (select from submissions n where n.assignment_id = $1))
returning version

-- name: withdraw_assignment
-- $1 assignment, $2 the version that the caller saw, $3 now.
update assignments set active = false, withdrawn_at = $3, version = version + 1
where assignment_id = $1 and version = $2 and active
returning version

-- name: restore_assignment
-- $1 assignment, $2 the version that the caller saw. One that a teacher withdrew and the roster has not taken away.
update assignments a set active = true, withdrawn_at = null, version = version + 1
where assignment_id = $1 and version = $2 and withdrawn_at is not null
  and not exists (select from line_items l where l.line_item_id = a.assignment_id and l.status <> 'active')
returning version

-- name: list_extensions
-- $1 assignment: those that stand, the section's first.
select extension_id, user_id, due_at, attempts_extra::bigint, reason, given_by, given_at, outage_id from extensions
where assignment_id = $1 and revoked_at is null
order by user_id nulls first

-- name: standing_extension
-- $1 assignment, $2 user or null: as above, the one there is.
select extension_id, user_id, due_at, attempts_extra::bigint, reason, given_by, given_at, outage_id from extensions
where assignment_id = $1 and user_id is not distinct from $2 and revoked_at is null

-- name: revoke_extension
-- $1 assignment, $2 user or null, $3 who, $4 which one: only if it is the one that stands.
update extensions set revoked_by = $3, revoked_at = now()
where assignment_id = $1 and user_id is not distinct from $2 and extension_id = $4 and revoked_at is null

-- name: give_extension
-- $1 id, $2 assignment, $3 user or null, $4 due instant, $5 more attempts, $6 reason, $7 who. None for whoever is no student of
-- the section, nor beside one that stands.
insert into extensions (extension_id, assignment_id, user_id, due_at, attempts_extra, reason, given_by)
select $1, a.assignment_id, $3, $4, $5, $6, $7 from assignments a
where a.assignment_id = $2
  and ($3::uuid is null or exists (select from enrollments e where e.user_id = $3 and e.section_id = a.section_id
                                   and e.role = 'student' and e.status = 'active'))
on conflict (tenant_id, assignment_id, user_id) where revoked_at is null do nothing
returning given_at

-- name: set_due_by_title
-- For provisioning: every assignment whose title ends so. $1 the title's end, $2 due instant, $3 instructions where there are none.
update assignments set due_at = $2, due_set_here = true, version = version + 1,
    instructions = case when instructions = '' then $3 else instructions end
where right(title, length($1)) = $1

-- name: plan_anew
-- Plans are made by the tables' present sizes: one for an empty table may read the whole of a large one.
discard plans

-- name: plan_once
-- For the rest of the transaction: plans are kept, not made anew for each tenant's few rows. "offset 0" below keeps lookups by key
-- what they are.
select set_config('plan_cache_mode', 'force_generic_plan', true)

-- name: facts
-- $1 assignments, $2 users, $3 receive times, $4 submissions, $5 positions, pairwise; $6 the journal's epoch, $7 the tenant's zone.
-- In the order given. Where attempts are limited, those before this one are counted, and five columns are the row that the
-- submission has already. The last two: is its text to be compared with others; when was it withdrawn?
select a.due_at, a.kind, case when a.kind = 'structured' then a.questions::text end, a.opens_at, a.late_seconds_limit,
       a.content_bytes_limit::bigint, a.attempts_limit::bigint,
       a.files_limit::bigint, a.file_bytes_limit, a.upload_grace_seconds::bigint, x.due_at, x.attempts_extra,
       case when a.attempts_limit is not null then
           (select count(*) from submissions s
            where s.user_id = i.user_id and s.assignment_id = i.assignment_id and s.state = 'recorded'
              and s.submission_id <> i.submission_id
              and (s.received_at, s.journal_epoch, s.journal_seq) < (i.received_at, $6, i.seq)) else 0 end,
       exists (select from enrollments e
               where e.user_id = i.user_id and e.section_id = a.section_id and e.role = 'student' and e.status = 'active'
                 and (e.end_date is null or e.end_date > (i.received_at at time zone $7)::date)),
       st.state = 'recorded', st.content_sha256, st.received_at, st.journal_epoch, st.journal_seq,
       coalesce(a.similarity and a.kind = 'text', false), a.withdrawn_at
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::bigint[])
    with ordinality as i (assignment_id, user_id, received_at, submission_id, seq, n)
left join lateral (select * from assignments a
                   where a.assignment_id = i.assignment_id and (a.active or a.withdrawn_at is not null) offset 0) a on true
left join lateral (select max(e.due_at) as due_at, max(e.attempts_extra)::bigint as attempts_extra from extensions e
                   where e.assignment_id = a.assignment_id and (e.user_id = i.user_id or e.user_id is null)
                     and e.revoked_at is null) x on true
left join lateral (select * from submissions s where a.attempts_limit is not null and s.submission_id = i.submission_id
                   limit 1) st on true -- the limit keeps the planner from joining all submissions for none
order by i.n

-- name: record
-- One batch of one tenant; no submission_id twice. An equal content with an earlier received_at moves received_at (and lateness
-- with it, unless there is no due instant to judge by any more); another content under the same id is refused and kept apart. Nothing
-- comes back of persons who are erased. $13: the journal's epoch.
with incoming as (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::boolean[],
                         $8::bytea[], $9::bytea[], $10::bytea[], $11::bigint[], $12::text[])
        as t (submission_id, assignment_id, user_id, idempotency_key, reason, received_at, late, content, content_sha256,
              receipt, journal_seq, kind)
    where not exists (select from subject_keys k where k.subject_id = t.user_id and k.erased_at is not null)
), applied as (
    insert into submissions as s (submission_id, assignment_id, user_id, idempotency_key, state, reason, received_at, late,
                                  content, content_sha256, receipt, journal_epoch, journal_seq, kind)
    select submission_id, assignment_id, user_id, idempotency_key, case when reason is null then 'recorded' else 'refused' end,
           reason, received_at, late, content, content_sha256, receipt, $13, journal_seq,
           case kind when 'structured' then 'structured' when 'file' then 'file' else 'text' end
    from incoming
    on conflict (tenant_id, submission_id) do update
    set received_at = excluded.received_at, receipt = excluded.receipt,
        late = case when excluded.reason is distinct from 'unknown_assignment' then excluded.late else s.late end,
        journal_epoch = excluded.journal_epoch, journal_seq = excluded.journal_seq
    where s.content_sha256 = excluded.content_sha256 and excluded.received_at < s.received_at
)
insert into refused_submissions (submission_id, content_sha256, reason, received_at, content, receipt, journal_epoch, journal_seq,
                                 kind)
select i.submission_id, i.content_sha256, 'key_reused', i.received_at, i.content, i.receipt, $13, i.journal_seq,
       case i.kind when 'structured' then 'structured' when 'file' then 'file' else 'text' end
from incoming i
cross join lateral (select s.content_sha256 from submissions s where s.submission_id = i.submission_id offset 0) s
where s.content_sha256 <> i.content_sha256
on conflict (tenant_id, submission_id, content_sha256) do nothing

-- name: get_submission
-- $1 submission, $2 user. The last columns: may the caller see it as staff of its section, and is staff not to know whose it is?
select s.submission_id, s.assignment_id, s.user_id, s.state, s.reason, s.received_at, s.late, s.recorded_at, s.content,
       s.receipt, s.content_sha256, s.kind,
       exists (select from assignments a join enrollments e on e.section_id = a.section_id
               where a.assignment_id = s.assignment_id and e.user_id = $2 and e.role = 'teacher' and e.status = 'active'),
       exists (select from assignments a where a.assignment_id = s.assignment_id and a.identities_hidden)
from submissions s where s.submission_id = $1

-- name: list_submissions
-- $1 assignment, $2 user (null: everybody's), $3 and $4 the cursor's received_at and id, $5 limit.
select s.submission_id, s.assignment_id, s.user_id, s.state, s.reason, s.received_at, s.late, s.recorded_at, s.content_sha256,
       f.declared, f.awaiting, f.missing, f.infected
from submissions s
left join lateral (select count(*) as declared, count(*) filter (where d.state = 'awaiting') as awaiting,
                          count(*) filter (where d.state = 'missing') as missing,
                          count(*) filter (where d.state = 'infected') as infected
                   from submission_files d where d.submission_id = s.submission_id) f on s.kind = 'file'
where s.assignment_id = $1 and ($2::uuid is null or s.user_id = $2) and (s.received_at, s.submission_id) > ($3, $4)
order by s.received_at, s.submission_id
limit $5

-- name: refused_of
-- $1 submission: contents that came under its id and were refused.
select content_sha256, reason, received_at, recorded_at from refused_submissions where submission_id = $1
order by received_at, content_sha256

-- name: wait_for_recorders
lock table submissions in share row exclusive mode

-- name: erase_submissions
-- $1 user; how many went.
with gone as (delete from submissions where user_id = $1 returning submission_id),
     refused as (delete from refused_submissions r using gone g where r.submission_id = g.submission_id)
select count(*) from gone

-- name: storm_seats
-- One assignment for each enrolled student: the latest due of one of the sections.
select distinct on (e.user_id) e.user_id, a.assignment_id
from enrollments e join assignments a on a.section_id = e.section_id and a.active
where e.role = 'student' and e.status = 'active' and e.end_date is null
order by e.user_id, a.due_at desc, a.assignment_id

-- name: storm_staff
-- $1 assignments: one teacher of each.
select distinct on (a.assignment_id) a.assignment_id, e.user_id
from unnest($1::uuid[]) as wanted (assignment_id)
join assignments a on a.assignment_id = wanted.assignment_id
join enrollments e on e.section_id = a.section_id and e.role = 'teacher' and e.status = 'active'
order by a.assignment_id, e.user_id
