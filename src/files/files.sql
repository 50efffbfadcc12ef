-- Uploads, their parts, and how much each person has.

-- name: take_room
-- $1 whose, $2 bytes more, $3 what they may have. No row: it is too much.
insert into upload_usage (user_id, bytes) select u.user_id, $2 from users u where u.user_id = $1 and $2::bigint <= $3
on conflict (tenant_id, user_id) do update set bytes = upload_usage.bytes + excluded.bytes
where upload_usage.bytes + excluded.bytes <= $3
returning bytes

-- name: give_room_back
-- $1 whose, $2 bytes.
update upload_usage set bytes = greatest(bytes - $2, 0) where user_id = $1

-- name: room_taken
select coalesce(sum(u.bytes), 0)::bigint from upload_usage u

-- name: create_upload
-- $1 id, $2 owner, $3 kind, $4 size, $5 name, $6 media type, $7 declared SHA-256, $8 metadata, $9 now, $10 it expires after so many seconds.
insert into uploads (upload_id, owner_id, kind, state, size, name, media_type, sha256, metadata, created_at, expires_at)
select $1, u.user_id, case $3 when 'partial' then 'partial' when 'joined' then 'joined' else 'single' end, 'open', $4, $5, $6, $7, $8, $9,
       now() + $10::bigint * interval '1 second'
from users u where u.user_id = $2
returning expires_at

-- name: count_uploads
-- $1 whose, $2 no further than that. What is held is handed in, and is nobody's to remove.
select count(*) from (select 1 from uploads u where u.owner_id = $1 and u.state <> 'removing' and not u.held limit $2) as own

-- name: has_open_uploads
-- $1 whose.
select exists (select 1 from uploads u where u.owner_id = $1 and u.state = 'open')

-- name: get_upload
-- $1 id.
select u.upload_id, u.owner_id, u.kind, u.state, u.size, u.received, u.writer, u.writing, u.name, u.media_type, u.sha256, u.metadata,
       u.merged_into, u.created_at, u.expires_at, u.completed_at, u.held, u.withheld,
       coalesce(u.expires_at <= now(), false)
from uploads u where u.upload_id = $1

-- name: lock_uploads
-- $1 ids. In the order of ids, so that two who lock several do not wait for each other.
select u.upload_id, u.owner_id, u.kind, u.state, u.size, u.received, u.writer, u.writing, u.name, u.media_type, u.sha256, u.metadata,
       u.merged_into, u.created_at, u.expires_at, u.completed_at, u.held, u.withheld,
       coalesce(u.expires_at <= now(), false)
from uploads u where u.upload_id = any ($1::uuid[]) order by u.upload_id for update

-- name: begin_writing
-- $1 id, $2 owner, $3 where, $4 it expires after so many seconds, $5 writers it has at most. Fences whoever wrote before.
update uploads set writer = writer + 1, writing = true, expires_at = now() + $4::bigint * interval '1 second'
where upload_id = $1 and owner_id = $2 and state = 'open' and kind <> 'joined' and received = $3 and writer < $5
returning writer

-- name: fence_writer
-- $1 id, $2 owner.
update uploads set writer = writer + 1, writing = false where upload_id = $1 and owner_id = $2 and writing and state = 'open'

-- name: note_progress
-- $1 id, $2 writer, $3 bytes received in all, $4 goes it on?, $5 it expires after so many seconds. No row: this writer was fenced.
update uploads set received = $3, writing = $4, expires_at = now() + $5::bigint * interval '1 second'
where upload_id = $1 and writer = $2 and writing and state = 'open'
returning expires_at

-- name: note_part
-- $1 id, $2 part, $3 object, $4 draft, $5 size.
insert into upload_parts (upload_id, part, object, draft, size) select u.upload_id, $2, $3, $4, $5 from uploads u where u.upload_id = $1
on conflict (tenant_id, upload_id, part) do update set draft = excluded.draft, size = excluded.size

-- name: parts_of
-- $1 id.
select p.part, p.object, p.draft, p.size from upload_parts p where p.upload_id = $1 order by p.part

-- name: part_is_finished
-- $1 id, $2 part.
update upload_parts set draft = null where upload_id = $1 and part = $2

-- name: settle
-- $1 id, $2 state, $3 it expires after so many seconds, $4 the writer that was seen, $5 now. No row: something came between.
update uploads set state = $2, expires_at = now() + $3::bigint * interval '1 second', completed_at = $5
where upload_id = $1 and state = 'open' and received = size and writer = $4 and not writing
returning expires_at

-- name: move_parts
-- $1 from, $2 to, $3 by how much their numbers grow.
update upload_parts set upload_id = $2, part = part + $3 where upload_id = $1

-- name: merge_into
-- $1 partial uploads, $2 the upload that has their parts.
update uploads set state = 'merged', merged_into = $2 where upload_id = any ($1::uuid[]) and state = 'complete' and kind = 'partial'

-- name: received_all
-- $1 id: of one that was made of others.
update uploads set received = size where upload_id = $1 and kind = 'joined'

-- name: begin_removing
-- $1 id. Fences its writer. No row: it is gone, or going already, or held.
update uploads set state = 'removing', writer = writer + 1, writing = false
where upload_id = $1 and state <> 'removing' and not held
returning owner_id, case when merged_into is null then size else 0 end

-- name: forget_upload
-- $1 id.
delete from uploads where upload_id = $1 and state = 'removing'

-- name: uploads_to_remove
-- $1 how many at most.
select u.upload_id, u.owner_id, u.kind, u.state, u.size, u.received, u.writer, u.writing, u.name, u.media_type, u.sha256, u.metadata,
       u.merged_into, u.created_at, u.expires_at, u.completed_at, u.held, u.withheld,
       coalesce(u.expires_at <= now(), false)
from uploads u where u.state = 'removing' or (u.expires_at <= now() and not u.held) order by u.upload_id limit $1

-- name: uploads_of
-- $1 whose.
select u.upload_id, u.owner_id, u.kind, u.state, u.size, u.received, u.writer, u.writing, u.name, u.media_type, u.sha256, u.metadata,
       u.merged_into, u.created_at, u.expires_at, u.completed_at, u.held, u.withheld,
       coalesce(u.expires_at <= now(), false)
from uploads u where u.owner_id = $1

-- name: find_complete
-- $1 whose, $2 size, $3 hash: a file with these bytes, the oldest.
select u.upload_id, u.owner_id, u.kind, u.state, u.size, u.received, u.writer, u.writing, u.name, u.media_type, u.sha256, u.metadata,
       u.merged_into, u.created_at, u.expires_at, u.completed_at, u.held, u.withheld,
       coalesce(u.expires_at <= now(), false)
from uploads u where u.owner_id = $1 and u.size = $2 and u.sha256 = $3 and u.state = 'complete' and u.kind <> 'partial'
order by coalesce(u.completed_at, u.created_at), u.upload_id limit 1

-- name: hold_upload
-- $1 id. It stays from now on. No row: it is not complete, or is being removed.
update uploads set held = true, expires_at = null where upload_id = $1 and state = 'complete'
returning upload_id

-- name: release_upload
-- $1 id, $2 it expires after so many seconds.
update uploads set held = false, expires_at = now() + $2::bigint * interval '1 second' where upload_id = $1 and held and state = 'complete'

-- name: withhold_upload
update uploads set withheld = true where upload_id = $1

-- name: let_go_of_all
-- $1 whose: of a person who is erased.
update uploads set held = false where owner_id = $1 and held

-- name: list_uploads
-- $1 whose, $2 in which state or null, $3 $4 behind that instant and id or null, $5 how many at most. The newest first.
select u.upload_id, u.owner_id, u.kind, u.state, u.size, u.received, u.writer, u.writing, u.name, u.media_type, u.sha256, u.metadata,
       u.merged_into, u.created_at, u.expires_at, u.completed_at, u.held, u.withheld,
       coalesce(u.expires_at <= now(), false)
from uploads u
where u.owner_id = $1 and u.state <> 'removing' and ($2::text is null or u.state = $2)
  and ($3::timestamptz is null or (u.created_at, u.upload_id) < ($3, $4::uuid))
order by u.created_at desc, u.upload_id desc limit $5

-- name: room_of
-- $1 whose.
select u.bytes from upload_usage u where u.user_id = $1

-- name: get_direct
-- $1 id.
select d.writer, d.object, d.token, d.first, d.part_bytes from upload_direct d where d.upload_id = $1

-- name: put_direct
-- $1 id, $2 writer, $3 object, $4 token, $5 where its parts begin, $6 bytes of a part. No row: this writer was fenced.
insert into upload_direct (upload_id, writer, object, token, first, part_bytes)
select u.upload_id, $2, $3, $4, $5, $6 from uploads u where u.upload_id = $1 and u.writer = $2 and u.writing and u.state = 'open'
on conflict (tenant_id, upload_id) do update
set writer = excluded.writer, object = excluded.object, token = excluded.token, first = excluded.first, part_bytes = excluded.part_bytes
returning writer

-- name: forget_direct
-- $1 id.
delete from upload_direct where upload_id = $1
