-- Files that are handed in: declared at once, their bytes within a grace.
set local role bw_owner;

alter table assignments
    drop constraint assignments_kind_check,
    add constraint assignments_kind_check check (kind in ('text', 'structured', 'file')),
    add files_limit          integer not null default 5 check (files_limit between 1 and 20),
    add file_bytes_limit     bigint not null default 104857600 check (file_bytes_limit between 1 and 2147483648),
    add upload_grace_seconds integer not null default 86400 check (upload_grace_seconds between 60 and 604800);
alter table submissions
    drop constraint submissions_kind_check,
    add constraint submissions_kind_check check (kind in ('text', 'structured', 'file'));
alter table refused_submissions
    drop constraint refused_submissions_kind_check,
    add constraint refused_submissions_kind_check check (kind in ('text', 'structured', 'file'));

-- A held upload neither expires nor is removed by its owner; a withheld one goes out to nobody.
alter table uploads
    add completed_at timestamptz,
    add held         boolean not null default false,
    add withheld     boolean not null default false;
create index uploads_by_content on uploads (tenant_id, owner_id, sha256) where state = 'complete' and sha256 is not null;

-- One row for each file that a recorded submission declares. file_id is random: it leads to nobody.
create table submission_files (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    submission_id uuid not null,
    position      integer not null check (position between 0 and 19),
    file_id       uuid not null default gen_random_uuid(),
    user_id       uuid not null,
    name          text not null,
    size          bigint not null check (size > 0),
    media_type    text not null,
    sha256        bytea not null check (length(sha256) = 32),
    state         text not null default 'awaiting'
                  check (state in ('awaiting', 'missing', 'arrived', 'not_scanned', 'clean', 'infected')),
    upload_until  timestamptz not null, -- half-open
    upload_id     uuid,
    arrived_at    timestamptz,
    finding       text,                 -- of the virus scan: a signature's name, or why there is no verdict
    text_state    text check (text_state in ('available', 'unavailable')), -- null: nobody has looked yet
    text_problem  text,
    primary key (tenant_id, submission_id, position),
    unique (tenant_id, file_id),
    foreign key (tenant_id, submission_id) references submissions (tenant_id, submission_id) on delete cascade,
    foreign key (tenant_id, upload_id) references uploads (tenant_id, upload_id),
    check ((state in ('awaiting', 'missing')) = (upload_id is null)),
    check ((upload_id is null) = (arrived_at is null))
);
create index submission_files_to_come on submission_files (tenant_id, user_id, sha256) where state in ('awaiting', 'missing');
create index submission_files_of_upload on submission_files (tenant_id, upload_id);

-- What could be read out of them, for comparing.
create table submission_file_texts (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    submission_id uuid not null,
    position      integer not null,
    content       text not null,
    primary key (tenant_id, submission_id, position),
    foreign key (tenant_id, submission_id, position)
        references submission_files (tenant_id, submission_id, position) on delete cascade
);

do $$
declare
    t text;
begin
    foreach t in array array['submission_files', 'submission_file_texts'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;

-- What is compared: a text as it was handed in; of files the texts in their order, the first million characters.
create view submission_words with (security_invoker = true) as
select s.tenant_id, s.submission_id,
       case when s.kind = 'file' then
           (select convert_to(left(string_agg(t.content, E'\n\n' order by t.position), 1000000), 'UTF8')
            from submission_file_texts t where t.tenant_id = s.tenant_id and t.submission_id = s.submission_id)
       else s.content end as words
from submissions s;
grant select on submission_words to bw_app;
reset role;
