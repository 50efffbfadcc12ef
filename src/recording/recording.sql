-- How far each journal is recorded in this database.

-- name: cursor_begin
-- $1 epoch: a journal that this database has not seen starts at 0.
insert into control.recorder_cursors (epoch, seq) values ($1, 0) on conflict (epoch) do nothing

-- name: cursor_read
-- The last columns: the oldest record that waits for an operator, and how many do. For a gap of the archive nobody waits.
select c.seq, s.oldest, s.waiting
from control.recorder_cursors c
cross join lateral (select min(a.seq) as oldest, count(*) as waiting from control.recorder_set_aside a
                    where a.epoch = c.epoch and a.sqlstate <> 'BWGAP') s
where c.epoch = $1

-- name: cursor_advance
select control.recorder_advance($1, $2, $3)

-- name: set_aside
-- $1 epoch, $2 seq, $3 sqlstate.
insert into control.recorder_set_aside (epoch, seq, sqlstate) values ($1, $2, $3) on conflict do nothing
