-- ---- what there is ----

-- name: find_recording
-- $1 recording.
select recording_id, section_id, class_id, coalesce(stream_ref, ''), upload_id, shows, title, state, version, hidden, progress, duration_ms, bytes,
       gaps, coalesce(error_code, ''), coalesce(error_detail, ''), manifest, manifest_sha256, created_at, ready_at
from recordings where recording_id = $1 and not removed

-- name: recording_of_class
-- $1 class: the newest.
select recording_id, section_id, class_id, coalesce(stream_ref, ''), upload_id, shows, title, state, version, hidden, progress, duration_ms, bytes,
       gaps, coalesce(error_code, ''), coalesce(error_detail, ''), manifest, manifest_sha256, created_at, ready_at
from recordings where class_id = $1 and not removed order by created_at desc, recording_id desc limit 1

-- name: recordings_of_section
-- $1 section, $2 all of them, or what students see, $3 how many at most: the newest first.
select recording_id, section_id, class_id, coalesce(stream_ref, ''), upload_id, shows, title, state, version, hidden, progress, duration_ms, bytes,
       gaps, coalesce(error_code, ''), coalesce(error_detail, ''), manifest, manifest_sha256, created_at, ready_at
from recordings where section_id = $1 and not removed and ($2 or (state = 'ready' and not hidden))
order by created_at desc, recording_id desc limit $3

-- name: count_of_section
-- $1 section.
select count(*) from recordings where section_id = $1 and not removed

-- name: is_put_out
-- $1 class, $2 who.
select exists (select from live_removals where class_id = $1 and user_id = $2)

-- ---- what comes of it ----

-- name: classes_to_record
-- $1 ended since, $2 how many at most: our own video's, of which nothing is written down yet; nobody's who is erased.
select c.class_id, c.section_id, c.teacher_id, c.title, c.stream_ref from live_classes c
where c.state in ('ended', 'archived') and c.provider = 'self_hosted' and c.ended_at >= $1
  and not exists (select from recordings r where r.stream_ref = c.stream_ref)
  and not exists (select from subject_keys k where k.subject_id = c.teacher_id and k.erased_at is not null)
order by c.ended_at, c.class_id limit $2

-- name: add_recording
-- $1 id, $2 section, $3 class and $4 its stream, or $5 an upload, $6 whom it shows, $7 title, $8 job, $9 now. No row: the class has one.
insert into recordings (recording_id, section_id, class_id, stream_ref, upload_id, shows, title, job_id, created_at)
select $1, s.section_id, $3, $4, $5, u.user_id, $7, $8, $9 from sections s left join users u on u.user_id = $6 where s.section_id = $2
on conflict (tenant_id, stream_ref) do nothing
returning recording_id

-- name: recording_of_upload
-- $1 section, $2 upload: not ended.
select recording_id from recordings where section_id = $1 and upload_id = $2 and not removed limit 1

-- name: next_number
-- $1 recording: of what is written next. No row: nothing more is wanted of it.
update recordings set numbers = numbers + 1, state = 'working' where recording_id = $1 and state in ('waiting', 'working') and not removed
returning numbers

-- name: add_piece
-- $1 recording, $2 number, $3 rung, $4 taken, $5 its last, $6 bytes, $7 SHA-256, $8 contents, $9 thousandths done.
with of as (
    update recordings set progress = greatest(progress, $9) where recording_id = $1 and state = 'working' and not removed returning recording_id)
insert into recording_pieces (recording_id, number, rung, taken, ends, bytes, sha256, contents)
select of.recording_id, $2, $3, $4, $5, $6, $7, $8 from of returning number

-- name: note_progress
-- $1 recording, $2 thousandths. No row: nothing more is wanted of it.
update recordings set progress = greatest(progress, $2) where recording_id = $1 and state in ('waiting', 'working') and not removed
returning recording_id

-- name: pieces_of
-- $1 recording.
select number, rung, taken, ends, bytes, sha256, contents from recording_pieces where recording_id = $1 order by number

-- name: drop_pieces
-- $1 recording, $2 numbers.
delete from recording_pieces where recording_id = $1 and number = any ($2::bigint[])

-- name: finish_recording
-- $1 recording, $2 the manifest's number, $3 its SHA-256, $4 duration, $5 bytes, $6 gaps, $7 now. No row: nothing more is wanted of it.
update recordings set state = 'ready', version = version + 1, progress = 1000, manifest = $2, manifest_sha256 = $3, duration_ms = $4, bytes = $5,
       gaps = $6, ready_at = $7, upload_id = null
where recording_id = $1 and state = 'working' and not removed returning class_id

-- name: forget_pieces
-- $1 recording.
delete from recording_pieces where recording_id = $1

-- name: set_class_recording
-- $1 class, $2 its recording's id as text.
update live_classes set recording = $2, version = version + 1 where class_id = $1

-- name: fail_recording
-- $1 recording, $2 code, $3 detail.
update recordings set state = 'failed', version = version + 1, error_code = $2, error_detail = $3, upload_id = null
where recording_id = $1 and state in ('waiting', 'working') and not removed returning recording_id

-- name: upload_is_used
-- $1 upload: does somebody else count on it?
select exists (select from materials m where m.upload_id = $1) or exists (select from submission_files f where f.upload_id = $1)
    or exists (select from recordings r where r.upload_id = $1 and not r.removed)

-- name: states_of_streams
-- $1 streams: which of them have a recording that needs the ingest's copy no more, or show somebody who is erased. One that has failed
-- may be taken again while the copy is there.
select stream_ref from recordings where stream_ref = any ($1::text[]) and (state = 'ready' or removed)
union
select c.stream_ref from live_classes c join subject_keys k on k.subject_id = c.teacher_id and k.erased_at is not null
where c.stream_ref = any ($1::text[])

-- ---- what people do with it ----

-- name: change_recording
-- $1 id, $2 the version seen, $3 title, $4 hidden. No row: it has another version.
update recordings set title = $3, hidden = $4, version = version + 1 where recording_id = $1 and version = $2 and not removed returning version

-- name: remove_recording
-- $1 id, $2 the version seen. No row: it has another version.
update recordings set removed = true, version = version + 1 where recording_id = $1 and version = $2 and not removed returning upload_id

-- name: classes_without
-- $1 recordings that are removed: their classes have none.
update live_classes c set recording = null, version = c.version + 1 from recordings r
where r.recording_id = any ($1::uuid[]) and r.removed and c.class_id = r.class_id
  and c.recording = 'rec_' || replace(r.recording_id::text, '-', '')

-- name: remove_old
-- $1 made before: kept long enough.
update recordings set removed = true, version = version + 1 where created_at < $1 and not removed and state in ('ready', 'failed')

-- name: forget_person
-- $1 who is erased: what shows them.
update recordings set removed = true, version = version + 1, title = '', shows = null, upload_id = null where shows = $1

-- name: to_sweep
-- $1 how many at most, $2 classes' made before: nobody would take those anew.
select recording_id, numbers from recordings where removed and (numbers > 0 or class_id is null or created_at < $2) order by recording_id limit $1

-- name: swept
-- $1 recordings, $2 as above: others stay as a name, so that what lies at the ingest is not taken once more.
with gone as (delete from recordings where removed and recording_id = any ($1::uuid[]) and (class_id is null or created_at < $2)
              returning recording_id)
update recordings set numbers = 0, title = '', shows = null
where removed and recording_id = any ($1::uuid[]) and class_id is not null and created_at >= $2
