-- What an assignment was made from, so that a key that comes again with another request is told from a retry.
set local role bw_owner;

alter table assignments add column made_from bytea check (octet_length(made_from) = 32); -- SHA-256 of the request; null: of the roster
reset role;
