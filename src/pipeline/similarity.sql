-- Similarity: which texts are compared, their prints, and what they have in common.

-- name: text_of
-- $1 submission: a recorded text, or what could be read out of its files, unless its author has handed in another one since.
select s.assignment_id, s.user_id, w.words, a.similarity, coalesce(a.similarity_template, '')
from submissions s join assignments a on a.assignment_id = s.assignment_id
join submission_words w on w.submission_id = s.submission_id
where s.submission_id = $1 and s.state = 'recorded' and s.kind <> 'structured' and w.words is not null
  and not exists (select from submissions n
                  where n.user_id = s.user_id and n.assignment_id = s.assignment_id and n.state = 'recorded'
                    and (n.received_at, n.journal_epoch, n.journal_seq) > (s.received_at, s.journal_epoch, s.journal_seq))

-- name: drop_earlier_texts
-- $1 submission, $2 assignment, $3 author: instead of what the author handed in before; nothing, if it was overtaken meanwhile.
delete from similarity_texts t
where t.assignment_id = $2 and t.user_id = $3 and t.submission_id <> $1
  and not exists (select from submissions s join submissions n on n.user_id = s.user_id and n.assignment_id = s.assignment_id
                  where s.submission_id = $1 and n.state = 'recorded'
                    and (n.received_at, n.journal_epoch, n.journal_seq) > (s.received_at, s.journal_epoch, s.journal_seq))

-- name: keep_text
-- $1 submission, $2 assignment, $3 author, $4 words, $5 of them counted. Nothing of what is being erased, or was overtaken.
insert into similarity_texts as t (submission_id, assignment_id, user_id, words, words_counted)
select s.submission_id, $2, $3, $4, $5 from submissions s
where s.submission_id = $1
  and not exists (select from submissions n
                  where n.user_id = s.user_id and n.assignment_id = s.assignment_id and n.state = 'recorded'
                    and (n.received_at, n.journal_epoch, n.journal_seq) > (s.received_at, s.journal_epoch, s.journal_seq))
for key share of s
on conflict (tenant_id, submission_id) do update set words = excluded.words, words_counted = excluded.words_counted

-- name: keep_prints
-- $1 submission, $2 prints.
insert into similarity_prints (print, submission_id)
select p.print, t.submission_id from similarity_texts t cross join unnest($2::bigint[]) as p (print) where t.submission_id = $1
on conflict do nothing

-- name: texts_of_assignment
-- $1 assignment: counted up to the most that matters to what is common.
select count(*) from (select from similarity_texts where assignment_id = $1 limit 1000) t

-- name: candidates
-- $1 submission, its $2 prints, $3 the most texts that a print may stand in before it is common, $4 prints in common at least, $5 limit.
-- Two kinds of rows: a common print, or a text of another author and how many prints it shares. Of a common print no more texts are
-- read than it takes to see that.
with hits as materialized (
    select q.print, h.submission_id, count(*) over (partition by q.print) as texts
    from unnest($2::bigint[]) as q (print)
    cross join lateral (select p.submission_id from similarity_prints p where p.print = q.print limit $3::bigint + 1) h
)
select distinct h.print, null::uuid, h.texts from hits h where h.texts > $3
union all
(select null, t.submission_id, c.shared
 from (select h.submission_id, count(*) as shared from hits h where h.texts <= $3 and h.submission_id <> $1
       group by h.submission_id having count(*) >= $4) c
 join similarity_texts t on t.submission_id = c.submission_id
 where t.user_id is distinct from (select s.user_id from similarity_texts s where s.submission_id = $1)
 order by c.shared desc, t.submission_id limit $5)

-- name: candidate_texts
-- $1 submissions.
select s.submission_id, s.assignment_id, coalesce(c.words, ''), coalesce(a.similarity_template, '')
from unnest($1::uuid[]) as w (submission_id)
join submissions s on s.submission_id = w.submission_id
join submission_words c on c.submission_id = w.submission_id
join assignments a on a.assignment_id = s.assignment_id

-- name: keep_matches
-- $1 submissions, $2 others, $3 their assignments, $4 the others', $5 scores, $6 words, $7 spans, pairwise. Not of what was erased.
insert into similarity_matches (submission_id, other_id, assignment_id, other_assignment_id, score, words, spans)
select m.submission_id, m.other_id, m.assignment_id, m.other_assignment_id, m.score, m.words, m.spans
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bytea[])
    as m (submission_id, other_id, assignment_id, other_assignment_id, score, words, spans)
where exists (select from submissions s where s.submission_id = m.submission_id)
  and exists (select from submissions s where s.submission_id = m.other_id)
order by m.submission_id, m.other_id -- two who find each other lock in one order
on conflict (tenant_id, submission_id, other_id) do update
set score = excluded.score, words = excluded.words, spans = excluded.spans

-- name: mark_compared
update similarity_texts set compared_at = now() where submission_id = $1

-- name: get_settings
-- $1 assignment: the settings, and how many texts are compared and wait for it: the latest of each author that is not compared yet, whether
-- anybody has begun with it or not.
select a.similarity, coalesce(a.similarity_template, ''), a.version, a.kind <> 'structured',
       (select count(*) from similarity_texts t where t.assignment_id = a.assignment_id and t.compared_at is not null),
       case when a.similarity then (
           select count(*)
           from (select distinct on (s.user_id) s.submission_id from submissions s
                 where s.assignment_id = a.assignment_id and s.state = 'recorded' and s.kind <> 'structured'
                 order by s.user_id, s.received_at desc, s.journal_epoch desc, s.journal_seq desc) l
           join submission_words w on w.submission_id = l.submission_id and w.words is not null
           where not exists (select from similarity_texts t where t.submission_id = l.submission_id and t.compared_at is not null))
       else 0 end
from assignments a where a.assignment_id = $1

-- name: set_settings
-- $1 assignment, $2 the version that the caller saw, $3 on?, $4 template.
update assignments set similarity = $3, similarity_template = nullif($4, ''), version = version + 1
where assignment_id = $1 and version = $2 and (kind <> 'structured' or not $3)
returning version

-- name: forget_assignment
-- $1 assignment: its texts are to be made ready anew, because its template has changed.
delete from similarity_texts where assignment_id = $1

-- name: forget_pairs
-- $1 assignment: what was found, from both sides.
with found as (delete from similarity_matches where assignment_id = $1 returning submission_id, other_id)
delete from similarity_matches m using found f where m.submission_id = f.other_id and m.other_id = f.submission_id

-- name: not_yet_compared
-- $1 assignment, $2 after this one, $3 limit: recorded texts.
select s.submission_id from submissions s
where s.assignment_id = $1 and s.submission_id > $2 and s.state = 'recorded' and s.kind <> 'structured'
  and not exists (select from similarity_texts t where t.submission_id = s.submission_id)
order by s.submission_id limit $3

-- name: list_pairs
-- $1 assignment, $2 score at least, $3, $4 and $5 the cursor's score and ids, $6 limit: the highest first. A pair within the assignment
-- once; none with work that is marked anonymously.
select m.submission_id, s.user_id, m.other_id, o.user_id, m.other_assignment_id, m.score, m.words
from similarity_matches m
join submissions s on s.submission_id = m.submission_id
join submissions o on o.submission_id = m.other_id
where m.assignment_id = $1 and m.score >= $2::bigint and (m.score, m.submission_id, m.other_id) < ($3::bigint, $4, $5)
  and (m.other_assignment_id <> m.assignment_id or m.submission_id < m.other_id)
  and not exists (select from assignments h where h.assignment_id in (m.assignment_id, m.other_assignment_id) and h.identities_hidden)
order by m.score desc, m.submission_id desc, m.other_id desc
limit $6

-- name: matches_of
-- $1 submission, $2 the caller, $3 score at least, $4 limit, $5 may the caller read all?: the highest first. The last column: the other
-- text, if the caller teaches the assignment that it was handed in to.
select m.other_id, o.user_id, m.other_assignment_id, m.score, m.words, m.spans,
       case when m.other_assignment_id = m.assignment_id or $5
                 or exists (select from assignments a join enrollments e on e.section_id = a.section_id
                            where a.assignment_id = m.other_assignment_id and e.user_id = $2 and e.role = 'teacher'
                              and e.status = 'active')
            then (select w.words from submission_words w where w.submission_id = m.other_id) end
from similarity_matches m
join submissions o on o.submission_id = m.other_id
where m.submission_id = $1 and m.score >= $3::bigint
  and not exists (select from assignments h where h.assignment_id in (m.assignment_id, m.other_assignment_id) and h.identities_hidden)
order by m.score desc, m.other_id limit $4

-- name: whose_text
-- $1 submission, $2 the caller: may the caller see it as staff of its section, and is it marked anonymously?
select s.user_id, coalesce((select w.words from submission_words w where w.submission_id = s.submission_id), ''),
       exists (select from assignments a join enrollments e on e.section_id = a.section_id
               where a.assignment_id = s.assignment_id and e.user_id = $2 and e.role = 'teacher' and e.status = 'active'),
       exists (select from assignments a where a.assignment_id = s.assignment_id and a.identities_hidden)
from submissions s where s.submission_id = $1

-- name: get_text
select words, words_counted, compared_at from similarity_texts where submission_id = $1
