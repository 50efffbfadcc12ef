-- name: insert_event
insert into audit_events (audit_event_id, at, actor, action, subject, details) values ($1, $2, $3, $4, $5, $6)
