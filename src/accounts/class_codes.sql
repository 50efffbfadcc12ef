-- Class codes, and the sessions of a class.

-- name: end_class_codes
-- $1 the section, $2 now. What was made long ago is forgotten.
with old as (
    delete from class_codes where section_id = $1 and made_at < $2::timestamptz - interval '90 days'
)
update class_codes set ended_at = $2
where section_id = $1 and ended_at is null and made_at >= $2::timestamptz - interval '90 days'
returning class_code_id, expires_at > $2

-- name: make_class_code
-- $1 its id, $2 the section, $3 MAC, $4 who makes it, $5 now, $6 its end.
insert into class_codes (class_code_id, section_id, mac, made_by, made_at, expires_at)
select $1, s.section_id, $3, $4, $5, $6 from sections s where s.section_id = $2

-- name: open_class_code
-- $1 the code's id, $2 those whom it is for.
insert into class_code_students (class_code_id, user_id, changed_at)
select $1, u.user_id, c.changed_at
from unnest($2::uuid[]) as o (user_id) join users u on u.user_id = o.user_id left join credentials c on c.user_id = u.user_id

-- name: use_class_code
-- $1 the code's id, $2 the person, $3 now. A row: it is used up for them.
update class_code_students s set used_at = $3
from class_codes k
where s.class_code_id = $1 and s.user_id = $2 and s.used_at is null and k.class_code_id = s.class_code_id
  and k.ended_at is null and k.expires_at > $3
  and s.changed_at is not distinct from (select c.changed_at from credentials c where c.user_id = s.user_id)
returning k.class_code_id

-- name: count_miss
-- $1 a class code's MAC, $2 now: somebody knows it, and named a person for whom it is not open.
update class_codes set misses = least(misses, 1000000) + 1 where mac = $1 and ended_at is null and expires_at > $2

-- name: latest_class_code
-- $1 the section.
select k.class_code_id, k.made_by, k.made_at, k.expires_at, k.ended_at, k.misses from class_codes k
where k.section_id = $1 order by k.made_at desc, k.class_code_id desc limit 1

-- name: class_code_students
-- $1 the section: of its latest code.
select s.user_id, u.username, u.given_name, u.family_name, s.used_at
from class_code_students s join users u on u.user_id = s.user_id
where s.class_code_id = (select k.class_code_id from class_codes k where k.section_id = $1 order by k.made_at desc, k.class_code_id desc limit 1)
order by u.family_name, u.given_name, u.user_id

-- name: forget_openings
-- $1 who is erased.
delete from class_code_students where user_id = $1

-- name: end_sessions_of_students
-- $1 persons, $2 now: everything of theirs ends. The epochs, the newest first.
with families as (
    update refresh_families f set revoked_at = now() where f.user_id = any ($1::uuid[]) and f.revoked_at is null
    returning f.session_id
), ended as (
    insert into revocations (epoch, user_id, at)
    select control.take_revocation_epoch(), u.user_id, $2 from users u where u.user_id = any ($1::uuid[])
    returning epoch
)
select (select coalesce(max(e.epoch), 0) from ended e), (select count(*) from families f)

-- name: end_shared_sessions_of_students
-- $1 persons, $2 now: what they began on shared devices ends. The newest epoch, and how many sessions went on until now.
with families as (
    update refresh_families f set revoked_at = now()
    where f.user_id = any ($1::uuid[]) and f.shared_device and f.revoked_at is null
    returning f.session_id
), ended as (
    insert into revocations (epoch, session_id, at)
    select control.take_revocation_epoch(), f.session_id, $2 from families f
    returning epoch
)
select (select coalesce(max(e.epoch), 0) from ended e), (select count(*) from families f)
