create table institutions (host text primary key, sign_ins bigint not null default 0);
create table users (
    user_id bigint generated always as identity primary key,
    host text not null references institutions,
    username text not null,
    password_hash text not null,
    last_login timestamptz,
    unique (host, username)
);
create table sessions (
    token text primary key,
    user_id bigint not null references users,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index on sessions (user_id);
