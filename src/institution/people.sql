-- The institution's people, as its administrators see them.

-- name: people_page
-- By name. $1 only with one of these roles (null: whoever), $2 active ones, or the others?, $3 the last of the page before (null: none),
-- $4 limit, $5 now; $6 what was typed (null: nothing), $7 its first word, $8 what follows that: what begins otherwise
-- than the first word does cannot be meant, which three indexes know. (`exists` in the list would be a look at all passwords of the institution.)
select u.user_id, u.username, u.given_name, u.family_name, u.email, u.status = 'active',
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active'),
       (select true from credentials c where c.user_id = u.user_id) is true,
       (select true from second_factors f where f.user_id = u.user_id and f.confirmed_at is not null) is true,
       (select max(f.began_at) from refresh_families f where f.user_id = u.user_id),
       (select max(v.expires_at) from vouchers v
        where v.user_id = u.user_id and v.kind = 'invitation' and v.ended_at is null and v.expires_at > $5)
from users u
where u.status = case when $2::boolean then 'active' else 'inactive' end
  and ($3::uuid is null or (u.family_normal, u.given_normal, u.user_id) >
       (select p.family_normal, p.given_normal, p.user_id from users p where p.user_id = $3))
  and ($1::text[] is null
       or exists (select from user_roles r where r.user_id = u.user_id and r.status = 'active' and r.role = any ($1)))
  and ($6::text is null
       or (u.family_normal >= name_normal($7) and u.family_normal < name_normal($7) || chr(1114111)
           or u.given_normal >= name_normal($7) and u.given_normal < name_normal($7) || chr(1114111)
           or u.username_normal >= name_normal($7) and u.username_normal < name_normal($7) || chr(1114111))
          and (starts_with(u.family_normal, name_normal($6)) or starts_with(u.given_normal, name_normal($6))
               or starts_with(u.username_normal, name_normal($6))
               or $8::text <> '' and (starts_with(u.given_normal, name_normal($7)) and starts_with(u.family_normal, name_normal($8))
                                      or starts_with(u.family_normal, name_normal($7)) and starts_with(u.given_normal, name_normal($8)))))
order by u.family_normal, u.given_normal, u.user_id
limit $4::bigint

-- name: one_person
-- $1 the person, $2 now: columns as above, then source, sourced id, how many identities elsewhere.
select u.user_id, u.username, u.given_name, u.family_name, u.email, u.status = 'active',
       (select string_agg(distinct r.role, ' ') from user_roles r where r.user_id = u.user_id and r.status = 'active'),
       (select true from credentials c where c.user_id = u.user_id) is true,
       (select true from second_factors f where f.user_id = u.user_id and f.confirmed_at is not null) is true,
       (select max(f.began_at) from refresh_families f where f.user_id = u.user_id),
       (select max(v.expires_at) from vouchers v
        where v.user_id = u.user_id and v.kind = 'invitation' and v.ended_at is null and v.expires_at > $2),
       u.source, u.sourced_id, (select count(*) from federated_identities i where i.user_id = u.user_id)
from users u where u.user_id = $1

-- name: roles_of_person
-- $1 the person: roles that hold, and who says so.
select r.role, o.name, r.source from user_roles r join orgs o on o.org_id = r.org_id
where r.user_id = $1 and r.status = 'active'
order by r.source, r.role, o.name, r.user_role_id
