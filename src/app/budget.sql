-- name: connections
-- What the server has, and what other sessions than this one use of it. Parallel workers and walsenders have no datname
-- or slots of their own.
select current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
       (select count(*) from pg_stat_activity where datname is not null and pid <> pg_backend_pid())
