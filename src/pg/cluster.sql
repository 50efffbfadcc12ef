-- What the private cluster asks its primary about the replica, as the superuser.

-- name: system_identifier
select system_identifier from pg_control_system()

-- name: make_replication_role
do $$ begin create role bw_replication login replication; exception when duplicate_object then null; end $$

-- name: slot_of_replica
select wal_status = 'lost' from pg_replication_slots where slot_name = 'bw_replica'

-- name: free_slot
-- A walsender whose client is gone may hold the slot for a while.
select pg_terminate_backend(active_pid, 1000) from pg_replication_slots where slot_name = 'bw_replica' and active

-- name: drop_slot
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = 'bw_replica' and not active

-- name: replica_progress
-- Whether its walreceiver is connected; whether it has caught up once; bytes and milliseconds that it has still to replay; and
-- whether the slot is gone or lost.
select s.pid is not null,
       coalesce(s.state = 'streaming', false),
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.replay_lsn), 0)::bigint,
       case when s.replay_lsn < pg_current_wal_lsn() then (coalesce(extract(epoch from s.replay_lag), 0) * 1000)::bigint else 0 end,
       coalesce(l.wal_status, 'lost') = 'lost'
from (values (1)) as one
left join pg_stat_replication s on s.application_name = 'bw_replica'
left join pg_replication_slots l on l.slot_name = 'bw_replica'
order by (s.state = 'streaming') desc nulls last
limit 1

-- name: is_standby
select pg_is_in_recovery()

-- name: promote
-- True: it is a primary now. Waits for at most $1 seconds.
select pg_promote(true, $1)
