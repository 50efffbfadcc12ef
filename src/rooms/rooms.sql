-- ---- who holds which room ----

-- name: claim_rooms
-- $1 classes, $2 who, $3 now: with the next epoch.
insert into live_rooms as r (class_id, epoch, holder, claimed_at)
select c.class_id, 1, $2, $3 from live_classes c where c.class_id = any ($1::uuid[])
on conflict (tenant_id, class_id) do update set epoch = r.epoch + 1, holder = excluded.holder, claimed_at = excluded.claimed_at
returning class_id, epoch

-- name: room_epochs
-- $1 classes.
select class_id, epoch from live_rooms where class_id = any ($1::uuid[])

-- name: room_is_held
-- $1 class, $2 epoch. No row: another holds it. Until the transaction is over, nobody claims it.
select holder from live_rooms where class_id = $1 and epoch = $2 for share

-- name: names_of
-- $1 people.
select user_id, given_name || ' ' || family_name from users where user_id = any ($1::uuid[])
