-- name: add_failures
-- $1 accounts, each once and in their order, $2 how often each failed since they were told of last.
insert into sign_in_failures as f (account, failures, failed_at)
select a.account, a.failures::integer, date_trunc('milliseconds', clock_timestamp()) from unnest($1::bytea[], $2::bigint[]) as a (account, failures)
on conflict (tenant_id, account) do update
set failures = case when f.failed_at < now() - interval '1 hour' then excluded.failures else least(f.failures + excluded.failures, 1000) end,
    failed_at = excluded.failed_at

-- name: failures_since
-- $1 after this moment, but not later than $3 ms ago (null: whenever that is), $2 how many at most. Account, failures, the moment, its age in ms. The moments that
-- were heard may be of an old primary, whose clock was ahead of this one's.
select account, failures, failed_at, (extract(epoch from age) * 1000)::bigint
from control.sign_in_failures_since(least($1::timestamptz, now() - $3::bigint * interval '1 millisecond'), $2)

-- name: forget_failures
select control.forget_sign_in_failures($1)

-- name: lift_failures
-- $1 accounts.
insert into sign_in_failures as f (account, failures, failed_at)
select a.account, 0, date_trunc('milliseconds', clock_timestamp()) from unnest($1::bytea[]) as a (account)
on conflict (tenant_id, account) do update set failures = 0, failed_at = excluded.failed_at
