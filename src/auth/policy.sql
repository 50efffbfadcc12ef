-- name: read_policy
select version, staff_second_factor, changed_at from sign_in_policies

-- name: change_policy
-- $1 the version seen (0: there was none), $2 staff_second_factor, $3 now. No row: it has another version.
insert into sign_in_policies as p (version, staff_second_factor, changed_at) values ($1::bigint + 1, $2, $3)
on conflict (tenant_id) do update
set version = excluded.version, staff_second_factor = excluded.staff_second_factor, changed_at = excluded.changed_at
where p.version = $1
returning version
