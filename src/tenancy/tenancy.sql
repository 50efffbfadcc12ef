-- Transactions and the control plane: the only statements in the program that run outside a tenant's scope.

-- name: begin
begin

-- name: commit
commit

-- name: rollback
rollback

-- name: scope_enter
select public.scope_enter($1, $2, $3)

-- name: scopes_check
-- $1 tenants, $2 their generations, $3 for recording. For a batch: then each share re-enters.
select public.scopes_check($1, $2, $3)

-- name: keep_plans
-- For the rest of the transaction: one plan for all tenants' few rows, not one anew for each.
select set_config('plan_cache_mode', 'force_generic_plan', true)

-- name: scope_reenter
-- After scopes_check in the same transaction; for plain reads, shortly after scope_enter has let the same tenant in (read_leases.hpp).
select set_config('bw.tenant', $1, true)

-- name: directory_change
select control.directory_change()

-- name: commit_position
-- Sent behind COMMIT: at or beyond the end of what it wrote. What is flushed goes to the replicas at once; what is only inserted
-- (asynchronous commits; hints that nobody awaits) may take its time.
select (case when current_setting('synchronous_commit') = 'off' then pg_current_wal_insert_lsn() else pg_current_wal_flush_lsn() end
        - '0/0')::bigint

-- name: whereabouts
-- Of a server just connected to: takes it writes, does it replay another's log, and which timeline is it on? A primary names its
-- log files after its timeline. A standby's is what its control file knows, which may be late after a promotion, never early.
select current_setting('transaction_read_only') = 'off',
       pg_is_in_recovery(),
       case when pg_is_in_recovery()
            then (select greatest(c.timeline_id, r.min_recovery_end_timeline) from pg_control_checkpoint() c, pg_control_recovery() r)
            else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint end

-- name: replica_state
-- Ahead of a read, in its transaction: what is replayed here (null: it is no standby any more), and for how many milliseconds
-- nothing has been (null: not since it started). A standby that has replayed all it received is up to date only while it receives.
select case when pg_is_in_recovery() then (pg_last_wal_replay_lsn() - '0/0')::bigint end,
       case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() and exists (select from pg_stat_wal_receiver) then 0
            else (extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint end

-- name: tenant_directory
-- $1: the change that has been seen; 0 asks for all.
select tenant_id, generation, state, slug, hosts, name, zone, locale, tenant_rate, tenant_burst, principal_rate, principal_burst, bells
from control.tenant_directory($1)

-- name: operator_credentials
select token_id, name, sha256 from control.operator_credentials()

-- name: revoke
-- $1 a user or null, $2 a session or null; neither: everybody at the institution. $3 now.
insert into revocations (epoch, user_id, session_id, at) values (control.take_revocation_epoch(), $1, $2, $3) returning epoch

-- name: revoke_users
-- $1 users, each once, $2 now. The newest of their epochs; all are taken at once.
with taken as materialized (
    select control.take_revocation_epochs(cardinality($1::uuid[])) as last
), ended as (
    insert into revocations (epoch, user_id, at)
    select t.last - cardinality($1::uuid[]) + u.place, u.user_id, $2
    from taken t, unnest($1::uuid[]) with ordinality as u (user_id, place)
    returning epoch
)
select max(epoch) from ended

-- name: latest_epoch
select coalesce(max(epoch), 0) from revocations

-- name: listen_for_revocations
listen bw_revocations

-- name: listen_for_news
listen bw_news

-- name: tell_news
-- In a tenant's scope: heard by all processes when the transaction stands.
select pg_notify('bw_news', current_setting('bw.tenant'))

-- name: confirm_revocations
-- $1 the process, $2 how far it has seen.
select latest, timeline, confirmed from control.confirm_revocations($1, $2)

-- name: leave_revocations
select control.leave_revocations($1)

-- name: revocations_after
select tenant_id, user_id, session_id, epoch, at from control.revocations_after($1)

-- name: raise_revocation_epoch
select control.raise_revocation_epoch($1)

-- name: forget_session_revocations
select control.forget_session_revocations($1)

-- name: forget_revocations
select control.forget_revocations($1)

-- name: tenant_records
-- $1 one tenant or null, $2 after this id or null, $3 of this state or null, $4 limit.
select tenant_id, state, slug, hosts, name, zone, locale, tenant_rate, tenant_burst, principal_rate, principal_burst, version,
       created_at, changed_at
from control.tenant_records($1, $2, $3, $4)

-- name: tenant_create
-- $1 id, $2 slug, $3 hosts, $4 name, $5 zone, $6 locale, $7 to $10 quotas, $11 the request's hash, $12 actor, $13 at.
select outcome, host from control.tenant_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: tenant_change
-- As above, but $2 the version seen, $3 slug and so on.
select outcome, host from control.tenant_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: tenant_set_state
select control.tenant_set_state($1, $2, $3, $4)

-- name: operator_token_create
-- $1 id, $2 name, $3 SHA-256 of the token, $4 actor, $5 at.
select control.operator_token_create($1, $2, $3, $4, $5)

-- name: operator_token_records
select token_id, name, created_at, revoked_at from control.operator_token_records()

-- name: operator_token_revoke
select control.operator_token_revoke($1, $2, $3)

-- name: operator_event_records
-- $1 before this number or null, $2 limit.
select seq, at, actor, action, subject, details from control.operator_event_records($1, $2)

-- name: who_am_i
-- What the start-up self-check must find false, of the role or of one that it could become (SET ROLE): superuser, bypassrls, owner
-- of any table with tenants' rows, the door; and the number of tables with a tenant_id that do not force row-level security.
select exists (select from pg_roles r where r.rolsuper and pg_has_role(r.oid, 'member')),
       exists (select from pg_roles r where r.rolbypassrls and pg_has_role(r.oid, 'member')),
       exists (select from pg_class c where c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'member')
               and c.relnamespace in ('public'::regnamespace, 'control'::regnamespace)),
       pg_has_role('bw_door', 'member'),
       (select count(*) from pg_class c join pg_attribute a on a.attrelid = c.oid
        where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p') and c.relpersistence <> 't'
          and not (c.relrowsecurity and c.relforcerowsecurity))
