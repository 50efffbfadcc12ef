create table assignments (assignment_id text primary key, submitted bigint not null default 0);
create table enrollments (user_id text, assignment_id text references assignments, primary key (user_id, assignment_id));
create table submissions (
    submission_id bigint generated always as identity primary key,
    user_id text not null,
    assignment_id text not null,
    idempotency_key text not null,
    content text not null,
    received_at timestamptz not null default now(),
    unique (user_id, idempotency_key),
    foreign key (user_id, assignment_id) references enrollments
);
create index on submissions (assignment_id, user_id);
