-- What people opened, recorded and forgotten; whether an institution wants it kept.

-- name: record
-- One batch of one institution, pairwise: $1 users, $2 the clients' ids, $3 kinds, $4 pages, $5 what the subjects are, $6 subjects, $7 when they
-- occurred, $8 when they were received. What does not fit is left out: of an institution that wants nothing kept, of nobody here or somebody
-- who is erased, of a subject that is not here or of a section that the person is not in. How many are new, how many fit (those that
-- were here before among them), of how many without doubles, and is anything kept at all?
with kept as materialized (
    select not exists (select from activity_policies p where not p.kept) as kept
), given as (
    select distinct on (t.user_id, t.activity_id) t.*
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::timestamptz[])
        with ordinality as t (user_id, activity_id, kind, page, about, subject_id, occurred_at, received_at, n)
    order by t.user_id, t.activity_id, t.n
), fitting as materialized (
    select g.*, x.section_id
    from given g
    left join lateral (
        select s.section_id from sections s where g.about = 'section' and s.section_id = g.subject_id
        union all
        select a.section_id from assignments a where g.about = 'assignment' and a.assignment_id = g.subject_id
        union all
        select m.section_id from materials m where g.about = 'material' and m.material_id = g.subject_id
        union all
        select n.section_id from announcements n where g.about = 'announcement' and n.announcement_id = g.subject_id
    ) x on true
    where (select kept from kept)
      and exists (select from users u where u.user_id = g.user_id)
      and not exists (select from subject_keys k where k.subject_id = g.user_id and k.erased_at is not null)
      and (g.subject_id is null
           or exists (select from enrollments e
                      where e.user_id = g.user_id and e.section_id = x.section_id and e.status = 'active'))
), written as (
    insert into activities (user_id, activity_id, kind, page, subject_id, section_id, occurred_at, received_at)
    select user_id, activity_id, kind, page, subject_id, section_id, occurred_at, received_at from fitting
    on conflict (tenant_id, user_id, activity_id) do nothing
    returning activity_id
)
select (select count(*) from written), (select count(*) from fitting), (select count(*) from given), (select kept from kept)

-- name: forget_old
-- $1 received before, $2 rows at once.
delete from activities
where (user_id, activity_id) in (select a.user_id, a.activity_id from activities a where a.received_at < $1 limit $2)

-- name: wait_for_recorders
lock table activities in share row exclusive mode

-- name: forget_person
-- $1 user.
delete from activities where user_id = $1

-- name: read_policy
select version, kept, changed_at from activity_policies

-- name: change_policy
-- $1 the version seen (0: there was none), $2 kept, $3 now. No row: it has another version.
insert into activity_policies as p (version, kept, changed_at) values ($1::bigint + 1, $2, $3)
on conflict (tenant_id) do update set version = excluded.version, kept = excluded.kept, changed_at = excluded.changed_at
where p.version = $1
returning version
