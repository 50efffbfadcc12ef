-- The book of migrations. The applied text's hash is kept, so that a change of history is seen.

-- name: migration_lock
select pg_advisory_lock(7306086967105087851)

-- name: migration_unlock
select pg_advisory_unlock(7306086967105087851)

-- name: migration_book
create table if not exists public.schema_migration (
    number integer primary key,
    name text not null,
    sha256 bytea not null,
    applied_at timestamptz not null default now()
)

-- name: migrations_applied
select number, name, sha256 from public.schema_migration order by number

-- name: migration_applied
insert into public.schema_migration (number, name, sha256) values ($1, $2, $3)
