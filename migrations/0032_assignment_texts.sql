-- What an assignment asks for, in words; assignments that are made here, renamed and withdrawn, whatever the roster says of them later.
set local role bw_owner;

alter table assignments
    add column instructions   text not null default '' check (octet_length(instructions) <= 65536),
    add column title_set_here boolean not null default false, -- the roster's title no longer counts
    add column withdrawn_at   timestamptz; -- by a teacher: what was received before is judged as ever
reset role;
