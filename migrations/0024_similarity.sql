-- Which submissions to an assignment have text in common, where its teachers ask for it.
set local role bw_owner;

alter table assignments
    add similarity          boolean not null default false,
    add similarity_template text check (octet_length(similarity_template) <= 65536); -- what all were given, and does not count

-- Texts that others are compared with: of each student and assignment the latest that was handed in.
create table similarity_texts (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    submission_id uuid not null,
    assignment_id uuid not null,
    user_id       uuid not null,
    words         integer not null,
    words_counted integer not null, -- without quotations and template
    compared_at   timestamptz,      -- null: with nobody yet
    primary key (tenant_id, submission_id),
    foreign key (tenant_id, submission_id) references submissions (tenant_id, submission_id) on delete cascade
);
create index similarity_texts_by_author on similarity_texts (tenant_id, assignment_id, user_id);

-- Their fingerprints. The second index is for deletions; equal keys in a row, it is a tenth of the first.
create table similarity_prints (
    tenant_id     uuid not null default current_setting('bw.tenant')::uuid,
    print         bigint not null,
    submission_id uuid not null,
    primary key (tenant_id, print, submission_id),
    foreign key (tenant_id, submission_id) references similarity_texts (tenant_id, submission_id) on delete cascade
);
create index similarity_prints_of_text on similarity_prints (tenant_id, submission_id);

-- Pairs with something in common, once from each side. They stay when a later text of the same student is compared instead.
create table similarity_matches (
    tenant_id           uuid not null default current_setting('bw.tenant')::uuid,
    submission_id       uuid not null,
    other_id            uuid not null,
    assignment_id       uuid not null,
    other_assignment_id uuid not null,
    score               integer not null check (score between 0 and 1000), -- thousandths of the shorter text
    words               integer not null, -- that stand in a passage, on this side
    spans               bytea not null,   -- see pipeline/similarity.cpp
    primary key (tenant_id, submission_id, other_id),
    foreign key (tenant_id, submission_id) references submissions (tenant_id, submission_id) on delete cascade,
    foreign key (tenant_id, other_id) references submissions (tenant_id, submission_id) on delete cascade
);
create index similarity_matches_of_other on similarity_matches (tenant_id, other_id);
create index similarity_matches_by_score on similarity_matches (tenant_id, assignment_id, score, submission_id, other_id);

do $$
declare
    t text;
begin
    foreach t in array array['similarity_texts', 'similarity_prints', 'similarity_matches'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t);
        execute format('grant select, insert, update, delete on %I to bw_app', t);
    end loop;
end $$;
reset role;
