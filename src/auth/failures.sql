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

-- name: student_taught_by
-- Who may be helped: $1 the user, $2 who helps, $3 whether they may help everybody. The name, in its normal form.
select u.username_normal from users u
where u.user_id = $1 and u.status = 'active' and u.username_normal is not null
  and ($3 or exists (select from enrollments s join enrollments t on t.section_id = s.section_id
                     where s.user_id = u.user_id and s.role = 'student' and s.status = 'active'
                       and t.user_id = $2 and t.role = 'teacher' and t.status = 'active'))
