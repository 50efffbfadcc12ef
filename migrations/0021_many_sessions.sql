-- Sessions end in great numbers: what is known of that is forgotten sooner, many epochs are taken at once, and families that nobody can
-- show any more are found by an index.
set local role bw_owner;

create index refresh_families_by_end on refresh_families (tenant_id, expires_at);

-- What ends a session's access tokens has ended them when the longest would have expired; its family's tombstone stands for the rest.
create function control.forget_session_revocations(before timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from public.revocations r where r.session_id is not null and r.at < before
$$;

-- As many as that, of which the answer is the last. One row is updated once, however many there are.
create function control.take_revocation_epochs(count bigint) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select pg_notify('bw_revocations', '');
    update control.revocation_epoch set value = value + count returning value
$$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace and p.proname in ('forget_session_revocations', 'take_revocation_epochs')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
        execute format('grant execute on function %s to bw_app', door);
    end loop;
end $$;
