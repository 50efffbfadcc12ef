-- name: put_bell
-- $1 id, $2 at, $3 lasts, in seconds, $4 how many there may be. One of the same moment is changed, and is declared from now on. No row: there
-- are too many.
insert into bells (bell_id, starts_at, lasts_seconds)
select $1, $2, $3 where (select count(*) from bells b where b.source = 'declared' and b.starts_at <> $2) < $4::bigint
on conflict (tenant_id, starts_at) do update set lasts_seconds = excluded.lasts_seconds, source = 'declared'
returning bell_id

-- name: remove_bell
-- If the timetable has one of the same moment, it is written again.
with gone as (delete from bells where bell_id = $1 and source = 'declared' returning starts_at),
     again as (update timetables set bells_until = null where exists (select from gone))
select starts_at from gone

-- name: list_bells
select bell_id, starts_at, lasts_seconds from bells where source = 'declared' order by starts_at

-- name: forget_bells
-- Those that are long over.
delete from bells where starts_at < now() - interval '1 day'

-- name: announce_bells
select control.announce_bells()
