-- Who watched a live class, and how well it played: merged, read, forgotten.

-- name: add_presence
-- Pairwise: $1 classes, $2 users, $3 hours, $4 their parts. What is of nobody here, or of somebody erased, is left out.
insert into live_attendance as a (class_id, user_id, hour, parts)
select g.class_id, g.user_id, g.hour, g.parts::bit(360)
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) as g (class_id, user_id, hour, parts)
where exists (select from live_classes c where c.class_id = g.class_id)
  and exists (select from users u where u.user_id = g.user_id)
  and not exists (select from subject_keys k where k.subject_id = g.user_id and k.erased_at is not null)
order by g.class_id, g.user_id, g.hour
on conflict (tenant_id, class_id, user_id, hour) do update set parts = a.parts | excluded.parts
where a.parts | excluded.parts <> a.parts

-- name: add_quality
-- Pairwise: $1 classes, $2 users, $3 sessions, $4 edges, then the numbers. The same are left out.
insert into live_quality as a (class_id, user_id, session_id, edge,
    startup_ms, stalls, stalled_ms, audio_ms, rung_240_ms, rung_360_ms, rung_480_ms, rung_720_ms, rung_1080_ms, rung_more_ms, faults_network,
    faults_media, faults_address, faults_other)
select g.*
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[],
            $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],
            $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[])
    as g (class_id, user_id, session_id, edge,
          startup_ms, stalls, stalled_ms, audio_ms, rung_240_ms, rung_360_ms, rung_480_ms, rung_720_ms, rung_1080_ms, rung_more_ms,
          faults_network, faults_media, faults_address, faults_other)
where exists (select from live_classes c where c.class_id = g.class_id)
  and exists (select from users u where u.user_id = g.user_id)
  and not exists (select from subject_keys k where k.subject_id = g.user_id and k.erased_at is not null)
order by g.class_id, g.user_id, g.session_id, g.edge
on conflict (tenant_id, class_id, user_id, session_id, edge) do update
set startup_ms = greatest(a.startup_ms, excluded.startup_ms), stalls = greatest(a.stalls, excluded.stalls),
    stalled_ms = greatest(a.stalled_ms, excluded.stalled_ms), audio_ms = greatest(a.audio_ms, excluded.audio_ms),
    rung_240_ms = greatest(a.rung_240_ms, excluded.rung_240_ms), rung_360_ms = greatest(a.rung_360_ms, excluded.rung_360_ms),
    rung_480_ms = greatest(a.rung_480_ms, excluded.rung_480_ms), rung_720_ms = greatest(a.rung_720_ms, excluded.rung_720_ms),
    rung_1080_ms = greatest(a.rung_1080_ms, excluded.rung_1080_ms), rung_more_ms = greatest(a.rung_more_ms, excluded.rung_more_ms),
    faults_network = greatest(a.faults_network, excluded.faults_network), faults_media = greatest(a.faults_media, excluded.faults_media),
    faults_address = greatest(a.faults_address, excluded.faults_address), faults_other = greatest(a.faults_other, excluded.faults_other)

-- name: attendance
-- $1 class, $2 after this person, $3 how many at most, $4 of this one alone (nulls: from the first, everybody): whoever attends its section, or has
-- watched. Parts, and the first and the last of them in seconds since 1970.
with seen as (
    select a.user_id, sum(bit_count(a.parts))::bigint as parts,
           min(a.hour * 3600 + (position('1' in a.parts::text) - 1) * 10) as first,
           max(a.hour * 3600 + (361 - position('1' in reverse(a.parts::text))) * 10) as last
    from live_attendance a
    where a.class_id = $1 and ($4::uuid is null or a.user_id = $4) and ($2::uuid is null or a.user_id > $2)
    group by a.user_id
), people as (
    select e.user_id
    from live_classes c
    join enrollments e on e.section_id = c.section_id and e.role = 'student' and e.status = 'active'
                      and (e.end_date is null or e.end_date > c.begins_at::date)
    where c.class_id = $1
    union
    select s.user_id from seen s
)
select u.user_id, u.given_name || ' ' || u.family_name, coalesce(s.parts, 0), s.first, s.last
from people p
join users u on u.user_id = p.user_id
left join seen s on s.user_id = p.user_id
where ($4::uuid is null or p.user_id = $4) and ($2::uuid is null or p.user_id > $2)
order by p.user_id limit $3

-- name: forget_old_presence
-- $1 of classes that ended before, $2 rows at once.
delete from live_attendance
where (class_id, user_id, hour) in (select a.class_id, a.user_id, a.hour
                                    from live_classes c join live_attendance a on a.class_id = c.class_id where c.ends_at < $1 limit $2)

-- name: forget_old_quality
-- The same.
delete from live_quality
where (class_id, user_id, session_id, edge) in (select q.class_id, q.user_id, q.session_id, q.edge
                                                from live_classes c join live_quality q on q.class_id = c.class_id where c.ends_at < $1 limit $2)

-- name: wait_for_recorders
lock table live_attendance, live_quality in share row exclusive mode

-- name: forget_presence
-- $1 user.
delete from live_attendance where user_id = $1

-- name: forget_quality
-- $1 user.
delete from live_quality where user_id = $1
