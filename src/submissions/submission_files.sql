-- Files that recorded submissions declare, and what has become of them.

-- name: declare_files
-- $1 submissions, $2 the hashes of their contents, $3 positions, $4 names, $5 sizes, $6 media types, $7 their hashes, $8 until when
-- their bytes may come: pairwise. Of submissions that stand recorded with this very content alone; again: changes nothing. "offset 0"
-- keeps the lookup by key what it is, however the statement is planned.
insert into submission_files (submission_id, position, user_id, name, size, media_type, sha256, upload_until)
select s.submission_id, f.position, s.user_id, f.name, f.size, f.media_type, f.sha256, f.upload_until
from unnest($1::uuid[], $2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bytea[], $8::timestamptz[])
    as f (submission_id, content_sha256, position, name, size, media_type, sha256, upload_until)
cross join lateral (select s.submission_id, s.user_id, s.state, s.content_sha256 from submissions s
                    where s.submission_id = f.submission_id offset 0) s
where s.state = 'recorded' and s.content_sha256 = f.content_sha256
on conflict (tenant_id, submission_id, position) do nothing

-- name: files_of_submission
-- $1 submission: all it declares.
select f.submission_id, f.position, f.file_id, f.user_id, f.name, f.size, f.media_type, f.sha256, f.state, f.upload_until, f.upload_id,
       f.arrived_at, f.finding, f.text_state, f.text_problem
from submission_files f where f.submission_id = $1 order by f.position

-- name: files_of_upload
-- $1 upload: the files that it is the bytes of.
select f.submission_id, f.position, f.file_id, f.user_id, f.name, f.size, f.media_type, f.sha256, f.state, f.upload_until, f.upload_id,
       f.arrived_at, f.finding, f.text_state, f.text_problem
from submission_files f where f.upload_id = $1 order by f.submission_id, f.position

-- name: file_by_id
-- $1 file, $2 who asks. The last columns: may they read it as staff of its section, its assignment, and is that marked anonymously?
select f.submission_id, f.position, f.file_id, f.user_id, f.name, f.size, f.media_type, f.sha256, f.state, f.upload_until, f.upload_id,
       f.arrived_at, f.finding, f.text_state, f.text_problem,
       exists (select from assignments a join enrollments e on e.section_id = a.section_id
               where a.assignment_id = s.assignment_id and e.user_id = $2 and e.role = 'teacher' and e.status = 'active')
from submission_files f join submissions s on s.submission_id = f.submission_id where f.file_id = $1

-- name: bind_upload
-- $1 upload, $2 whose, $3 size, $4 hash, $5 when its last byte came: to all files of that person and content that wait for bytes.
update submission_files f set upload_id = $1, arrived_at = $5, state = 'arrived'
where f.user_id = $2 and f.size = $3 and f.sha256 = $4 and f.state in ('awaiting', 'missing')
returning f.file_id

-- name: mark_missing
-- $1 submission, $2 now.
update submission_files f set state = 'missing' where f.submission_id = $1 and f.state = 'awaiting' and f.upload_until <= $2
returning f.file_id

-- name: note_scan
-- $1 upload, $2 the state that follows, $3 the finding. Nothing makes an infected file clean again.
update submission_files f
set state = case $2 when 'clean' then 'clean' when 'infected' then 'infected' else 'not_scanned' end, finding = $3
where f.upload_id = $1
  and (f.state in ('arrived', 'not_scanned') or (f.state = 'clean' and $2 = 'infected'))
returning f.file_id

-- name: keep_file_text
-- $1 submission, $2 position, $3 the text.
with kept as (
    insert into submission_file_texts (submission_id, position, content)
    select f.submission_id, f.position, $3 from submission_files f where f.submission_id = $1 and f.position = $2
    on conflict (tenant_id, submission_id, position) do update set content = excluded.content
)
update submission_files f set text_state = 'available', text_problem = null where f.submission_id = $1 and f.position = $2

-- name: file_has_no_text
-- $1 submission, $2 position, $3 why.
update submission_files f set text_state = 'unavailable', text_problem = $3 where f.submission_id = $1 and f.position = $2

-- name: is_compared
-- $1 submission: does its assignment have texts compared?
select exists (select from submissions s join assignments a on a.assignment_id = s.assignment_id
               where s.submission_id = $1 and a.similarity)
