-- name: enqueue
with mail as (
    insert into mail_outbox (mail_id, subject_id, person_id, template, payload, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    returning mail_id
)
insert into mail_dispatch (mail_id, due_at) select mail_id, $6 from mail

-- name: due
select tenant_id, mail_id from control.mail_due($1, $2, $3)

-- name: claim
-- Those of the given mails that are still due; whoever moves due_at has them until then.
with claimed as (
    update mail_dispatch set due_at = $3 where mail_id = any($1) and due_at <= $2 returning mail_id
)
update mail_outbox o set attempts = attempts + 1 from claimed c
where o.mail_id = c.mail_id and o.state = 'queued'
returning o.mail_id, o.subject_id, o.payload, o.expires_at, o.attempts,
          (select k.wrapped_key from subject_keys k where k.subject_id = o.subject_id)

-- name: finish
-- Ended, if nobody else has ended it: the payload goes.
with mail as (
    update mail_outbox set state = $2, payload = null, reply_code = $3, reply_status = $4, ended_at = $5
    where mail_id = $1 and state = 'queued'
    returning mail_id
)
delete from mail_dispatch d using mail m where d.mail_id = m.mail_id

-- name: postpone
with mail as (
    update mail_outbox set reply_code = $3, reply_status = $4 where mail_id = $1 and state = 'queued' returning mail_id
)
update mail_dispatch d set due_at = $2 from mail m where d.mail_id = m.mail_id

-- name: hand_back
-- Claimed, but the mail server was never asked: no attempt.
with mail as (
    update mail_outbox set attempts = attempts - 1 where mail_id = any($1) and state = 'queued' returning mail_id
)
update mail_dispatch d set due_at = $2 from mail m where d.mail_id = m.mail_id

-- name: read_mail
select state, attempts, reply_code, reply_status, ended_at, template from mail_outbox where mail_id = $1
