-- Mail on its way out. What a mail says, and to whom, is encrypted under the recipient's key and dropped once the mail has
-- ended; that it was sent or refused stays.
set local role bw_owner;

create table mail_outbox (
    tenant_id   uuid not null default current_setting('bw.tenant')::uuid,
    mail_id     uuid not null,
    subject_id  uuid not null,          -- whose key the payload is under
    person_id   uuid,                   -- the user it is for, if it is for one
    template    text not null,
    state       text not null default 'queued' check (state in ('queued', 'sent', 'refused', 'expired')),
    payload     bytea,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    attempts    integer not null default 0,
    reply_code  integer,                -- SMTP's last one, such as 550
    reply_status text,                  -- the enhanced one, such as 5.1.1 (RFC 3463)
    ended_at    timestamptz,
    primary key (tenant_id, mail_id),
    check ((state = 'queued') = (ended_at is null)),
    check ((state = 'queued') = (payload is not null))
);
create index mail_outbox_by_person on mail_outbox (tenant_id, person_id);

-- The mails that have not ended. A dispatch table: routing fields alone. Claiming one moves `due_at` to the lease's end.
create table mail_dispatch (
    tenant_id uuid not null default current_setting('bw.tenant')::uuid,
    mail_id   uuid not null,
    due_at    timestamptz not null,
    primary key (tenant_id, mail_id),
    foreign key (tenant_id, mail_id) references mail_outbox (tenant_id, mail_id)
);
create index mail_dispatch_by_due on mail_dispatch (tenant_id, due_at);

do $$
declare
    t record;
begin
    for t in select * from (values ('mail_outbox', 'select, insert, update'),
                                   ('mail_dispatch', 'select, insert, update, delete')) as w (name, may)
    loop
        execute format('alter table %I enable row level security', t.name);
        execute format('alter table %I force row level security', t.name);
        execute format('create policy tenant on %I to bw_app using (tenant_id = current_setting(''bw.tenant'')::uuid) '
                       'with check (tenant_id = current_setting(''bw.tenant'')::uuid)', t.name);
        execute format('grant %s on %I to bw_app', t.may, t.name);
    end loop;
end $$;

create policy door_reads on mail_dispatch for select to bw_door using (true);
grant select on mail_dispatch to bw_door;

-- Mails that are due, the longest waiting first, at most `each` of one tenant: one tenant's flood delays no other's mail.
create function control.mail_due(now timestamptz, each integer, in_all integer) returns table (tenant_id uuid, mail_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with recursive tenant as (
        (select d.tenant_id from public.mail_dispatch d order by d.tenant_id limit 1)
        union all
        select (select d.tenant_id from public.mail_dispatch d where d.tenant_id > t.tenant_id order by d.tenant_id limit 1)
        from tenant t where t.tenant_id is not null
    )
    select t.tenant_id, d.mail_id
    from tenant t
    cross join lateral (select m.mail_id, m.due_at from public.mail_dispatch m
                        where m.tenant_id = t.tenant_id and m.due_at <= mail_due.now
                        order by m.due_at limit mail_due.each) d
    order by d.due_at limit mail_due.in_all
$$;

reset role;
alter function control.mail_due(timestamptz, integer, integer) owner to bw_door;
revoke execute on function control.mail_due(timestamptz, integer, integer) from public;
grant execute on function control.mail_due(timestamptz, integer, integer) to bw_app;
