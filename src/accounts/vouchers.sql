-- Vouchers: a person's right to choose their password, once. Times are the caller's clock.

-- name: end_open_vouchers
-- $1 the person, $2 the kind (null: all), $3 now. What was made long ago is forgotten.
with old as (
    delete from vouchers where user_id = $1 and made_at < $3::timestamptz - interval '90 days'
)
update vouchers set ended_at = $3, ending = 'replaced'
where user_id = $1 and ($2::text is null or kind = $2) and ended_at is null and made_at >= $3::timestamptz - interval '90 days'

-- name: make_voucher
-- $1 its id, $2 an active person, $3 kind, $4 MAC, $5 who makes it (null: nobody), $6 now, $7 its end.
insert into vouchers (voucher_id, user_id, kind, mac, made_by, made_at, expires_at, changed_at)
select $1, u.user_id, $3, $4, $5::uuid, $6, $7, c.changed_at
from users u left join credentials c on c.user_id = u.user_id
where u.user_id = $2 and u.status = 'active'
returning voucher_id

-- name: link_bearer
-- $1 the MAC of a link, $2 now: whose it is, if it counts.
select v.user_id, v.voucher_id from vouchers v join users u on u.user_id = v.user_id and u.status = 'active'
left join credentials c on c.user_id = v.user_id
where v.mac = $1 and v.ended_at is null and v.expires_at > $2 and v.changed_at is not distinct from c.changed_at

-- name: code_bearer
-- $1 the person, $2 the MAC of a code of their own, $3 that of a class's, $4 now: what the code is, if it counts.
select v.voucher_id, null::uuid from vouchers v left join credentials c on c.user_id = v.user_id
where v.user_id = $1 and v.mac = $2 and v.ended_at is null and v.expires_at > $4 and v.changed_at is not distinct from c.changed_at
union all
select null, k.class_code_id from class_codes k
join class_code_students s on s.class_code_id = k.class_code_id and s.user_id = $1 and s.used_at is null
left join credentials c on c.user_id = s.user_id
where k.mac = $3 and k.ended_at is null and k.expires_at > $4 and s.changed_at is not distinct from c.changed_at

-- name: use_voucher
-- $1 voucher, $2 its person, $3 now. A row: it is used up by this.
update vouchers v set ended_at = $3, ending = 'used'
where v.voucher_id = $1 and v.user_id = $2 and v.ended_at is null and v.expires_at > $3
  and v.changed_at is not distinct from (select c.changed_at from credentials c where c.user_id = v.user_id)
returning v.kind

-- name: revoke_invitation
-- $1 voucher, $2 now.
update vouchers set ended_at = $2, ending = 'revoked' where voucher_id = $1 and kind = 'invitation' and ended_at is null
returning user_id

-- name: invited_person
-- $1 voucher.
select user_id from vouchers where voucher_id = $1 and kind = 'invitation'

-- name: forget_vouchers
-- $1 who is erased.
delete from vouchers where user_id = $1

-- name: list_invitations
-- $1 now, $2 and $3 the cursor's moment and id, $4 limit. The newest first.
select v.voucher_id, v.user_id, u.username, u.given_name, u.family_name, v.made_by, v.made_at, v.expires_at,
       case when v.ended_at is not null then v.ending when v.expires_at <= $1 then 'expired'
            when v.changed_at is distinct from c.changed_at then 'replaced' else 'open' end
from vouchers v join users u on u.user_id = v.user_id left join credentials c on c.user_id = v.user_id
where v.kind = 'invitation' and ($2::timestamptz is null or (v.made_at, v.voucher_id) < ($2, $3::uuid))
order by v.made_at desc, v.voucher_id desc
limit $4::integer

-- name: uninvited
-- $1 a person, a section or an org (null: everybody; no id is of two kinds), $2 now, $3 limit: those who could get an invitation: no
-- password, an address, no invitation that is open.
select u.user_id from users u
where u.status = 'active' and u.email is not null
  and ($1::uuid is null or u.user_id = $1 or u.primary_org_id = $1
       or exists (select from enrollments e where e.user_id = u.user_id and e.section_id = $1 and e.status = 'active')
       or exists (select from user_roles r where r.user_id = u.user_id and r.org_id = $1 and r.status = 'active'))
  and not exists (select from credentials c where c.user_id = u.user_id)
  and not exists (select from vouchers v where v.user_id = u.user_id and v.kind = 'invitation' and v.ended_at is null and v.expires_at > $2)
order by u.user_id
limit $3::integer

-- name: not_invitable
-- $1 as above: how many have a password already, how many of the others no address, and how many there are.
select count(*) filter (where c.user_id is not null), count(*) filter (where c.user_id is null and u.email is null), count(*)
from users u left join credentials c on c.user_id = u.user_id
where u.status = 'active'
  and ($1::uuid is null or u.user_id = $1 or u.primary_org_id = $1
       or exists (select from enrollments e where e.user_id = u.user_id and e.section_id = $1 and e.status = 'active')
       or exists (select from user_roles r where r.user_id = u.user_id and r.org_id = $1 and r.status = 'active'))
