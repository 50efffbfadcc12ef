-- name: beat
-- $1 services, $2 how long each has worked here without a break, in ms; $3 the shortest outage, $4 until one is final, in ms.
select control.outage_beat($1::text[],
    array(select worked * interval '1 millisecond' from unnest($2::bigint[]) with ordinality as w (worked, at) order by at),
    $3::bigint * interval '1 millisecond', $4::bigint * interval '1 millisecond')

-- name: outages_due
-- $1 the longest that is settled without an operator, in ms; $2 how many institutions.
select tenant_id, outage_id, service, reason, began_at, ended_at from control.outages_due($1::bigint * interval '1 millisecond', $2)

-- name: begin_settling
-- $1 outage, $2 service, $3 reason, $4 and $5 its span. Nothing if somebody was first.
insert into outages_given_back (outage_id, service, reason, began_at, ended_at) values ($1, $2, $3, $4, $5)
on conflict do nothing
returning true

-- name: all_settling
-- $1 an outage that ended then: those near it, this one too. Locked, so that two outages are settled one after the other.
select outage_id, began_at, ended_at, done_at is not null from outages_given_back
where ended_at > (select o.began_at - interval '30 days' from outages_given_back o where o.outage_id = $1)
order by outage_id for update

-- name: end_settling
-- $1 outage, $2 and $3 how many extensions sections and students were given.
update outages_given_back set done_at = now(), section_extensions = $2, student_extensions = $3 where outage_id = $1

-- name: list_outages
-- $1 and $2 the cursor's end and id, or null; $3 limit. The latest first.
select outage_id, service, reason, began_at, ended_at, done_at, section_extensions, student_extensions from outages_given_back
where $1::timestamptz is null or (ended_at, outage_id) < ($1, $2::uuid)
order by ended_at desc, outage_id desc
limit $3

-- name: watched
select service, works_until, at from control.service_watch_list()

-- name: latest_outages
select outage_id, service, reason, began_at, ended_at, final, settled from control.outage_list($1)

-- name: declare
-- $1 id, $2 and $3 its span, $4 the reason, $5 who.
select control.outage_declare($1, $2, $3, $4, $5)
