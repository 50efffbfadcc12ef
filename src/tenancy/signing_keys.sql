-- Signing keys of access tokens, through the control plane's doors.

-- name: signing_keys_after
-- $1: the epoch that has been seen; -1 asks for all.
select kid, algorithm, sealed, announced_at, signs_from, revoked_at from control.signing_keys_after($1)

-- name: signing_key_add
-- $1 to $3 the key, $4 the newest that its maker saw or null, $5 announced for, $6 due after or null, $7 old ones kept for (milliseconds),
-- $8 actor.
select control.signing_key_add($1, $2, $3, $4, $5, $6, $7, $8)

-- name: signing_key_revoke
-- $1 which, or null: all; $2 to $4 a fresh one; $5 actor.
select outcome, epoch from control.signing_key_revoke($1, $2, $3, $4, $5)

-- name: signing_key_restore
select control.signing_key_restore($1, $2, $3, $4, $5, $6)
