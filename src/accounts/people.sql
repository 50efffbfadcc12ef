-- Whom the module's rules ask about: persons and their roles, a teacher's sections and students, tries, the policy.

-- name: person_by_id
-- $1 an active person.
select u.user_id, u.username, u.given_name, u.family_name, u.email,
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u where u.user_id = $1 and u.status = 'active'

-- name: person_by_name
-- $1 the user name in its normal form.
select u.user_id, u.username, u.given_name, u.family_name, u.email,
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u where u.username_normal = $1 and u.status = 'active'

-- name: persons_by_mail
-- $1 the address in lower case, $2 limit.
select u.user_id, u.username, u.given_name, u.family_name, u.email,
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active')
from users u where lower(u.email) = $1 and u.status = 'active' order by u.user_id limit $2::integer

-- name: section_students
-- $1 the section, $2 now. Whoever is anything but a student anywhere is none here: a class code must not open a teacher's account.
select u.user_id, u.username, u.given_name, u.family_name, c.user_id is not null,
       exists (select from vouchers v where v.user_id = u.user_id and v.kind = 'card' and v.ended_at is null and v.expires_at > $2
               and v.changed_at is not distinct from c.changed_at)
from users u left join credentials c on c.user_id = u.user_id
where u.status = 'active'
  and exists (select from enrollments e where e.user_id = u.user_id and e.section_id = $1 and e.role = 'student' and e.status = 'active'
              and (e.end_date is null or e.end_date > $2::timestamptz::date))
  and not exists (select from user_roles r where r.user_id = u.user_id and r.role <> 'student' and r.status = 'active')
  and not exists (select from enrollments e where e.user_id = u.user_id and e.role <> 'student' and e.status = 'active')
order by u.family_name, u.given_name, u.user_id
limit 2000

-- name: count_try
-- $1 purpose, $2 cell, $3 now, $4 the earliest that a window which lasts began at: how many tries it has with this one, and when it began.
insert into try_cells as c (purpose, cell, began_at, tries) values ($1, $2, $3, 1)
on conflict (tenant_id, purpose, cell) do update
set tries = case when c.began_at < $4 then 1 else least(c.tries, 1000000) + 1 end,
    began_at = case when c.began_at < $4 then excluded.began_at else c.began_at end
returning tries, began_at

-- name: forget_tries
-- $1 cells.
delete from try_cells where cell = any ($1::bigint[])

-- name: password_policy
select staff_chars_min, student_chars_min, shared_device_minutes, version, changed_at from password_policies

-- name: set_password_policy
-- $1 to $3 the policy, $4 the version that the caller saw (0: there was none), $5 now. No row: it has another version.
insert into password_policies as p (staff_chars_min, student_chars_min, shared_device_minutes, version, changed_at)
select $1::integer, $2::integer, $3::integer, 1, $5::timestamptz where $4::bigint = 0 or exists (select from password_policies)
on conflict (tenant_id) do update
set staff_chars_min = excluded.staff_chars_min, student_chars_min = excluded.student_chars_min,
    shared_device_minutes = excluded.shared_device_minutes, version = p.version + 1,
    changed_at = excluded.changed_at
where p.version = $4
returning version
