-- name: insert_event
-- Again with the same id: nothing.
with event as (
    insert into audit_events (audit_event_id, at, actor, action, subject, details, nonce, leaf)
    values ($1, $2, $3, $4, $5, cast($6 as text)::json, $7, $8)
    on conflict (tenant_id, audit_event_id) do nothing
    returning audit_event_id
)
insert into audit_pending (audit_event_id) select audit_event_id from event

-- name: insert_personal_event
with event as (
    insert into audit_events (audit_event_id, at, actor, action, subject, details, person_id, personal, leaf)
    values ($1, $2, $3, $4, $5, cast($6 as text)::json, $7, $8, $9)
    on conflict (tenant_id, audit_event_id) do nothing
    returning audit_event_id
)
insert into audit_pending (audit_event_id) select audit_event_id from event

-- name: pending_tenants
select tenant_id from control.audit_pending_tenants($1)

-- name: make_tree
insert into audit_trees (size, subtrees) values (0, '') on conflict (tenant_id) do nothing

-- name: lock_tree
select size, subtrees from audit_trees for update

-- name: take_pending
with taken as (
    delete from audit_pending where audit_event_id in (
        select audit_event_id from audit_pending order by audit_event_id limit $1)
    returning audit_event_id
)
select e.audit_event_id, e.leaf from taken join audit_events e using (audit_event_id)
where e.leaf is not null order by e.audit_event_id

-- name: insert_leaves
insert into audit_leaves (leaf_index, audit_event_id, leaf)
select * from unnest($1::bigint[], $2::uuid[], $3::bytea[])

-- name: grow_tree
update audit_trees set size = $1, subtrees = $2

-- name: insert_head
insert into audit_heads (size, root, at, kid, signature) values ($1, $2, $3, $4, $5)

-- name: latest_head
select size, root, at, kid, signature from audit_heads order by size desc limit 1

-- name: leaves_from
select l.leaf_index, l.leaf, e.audit_event_id, e.at, e.actor, e.action, e.subject, e.details::text, e.person_id, e.personal, e.nonce,
       k.wrapped_key
from audit_leaves l
join audit_events e on (e.tenant_id, e.audit_event_id) = (l.tenant_id, l.audit_event_id)
left join subject_keys k on (k.tenant_id, k.subject_id) = (e.tenant_id, e.person_id)
where l.leaf_index >= $1 order by l.leaf_index limit $2

-- name: make_subject_key
insert into subject_keys (subject_id, wrapped_key, created_at) values ($1, $2, $3) on conflict (tenant_id, subject_id) do nothing

-- name: read_subject_key
select wrapped_key from subject_keys where subject_id = $1

-- name: erase_subject_key
-- Who has no key gets none from now on either.
insert into subject_keys as k (subject_id, wrapped_key, created_at, erased_at) values ($1, null, $2, $2)
on conflict (tenant_id, subject_id) do update set wrapped_key = null, erased_at = excluded.erased_at where k.erased_at is null

-- name: erased_subjects
select subject_id, erased_at from subject_keys where erased_at is not null
