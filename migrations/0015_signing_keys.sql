-- The keys that access tokens are signed with.
set local role bw_owner;

-- States follow from the moments (src/tenancy/README.md, "Signing keys"), so a rotation is one row. The private half is sealed under a key
-- that the database does not have, and goes when the key is revoked; the row of a revoked one stays, so that nobody brings it back.
-- `change` is the revocation epoch that told processes of it.
create table control.signing_keys (
    kid          text primary key check (kid ~ '^[A-Za-z0-9_-]{16}$'),
    algorithm    text not null check (algorithm in ('EdDSA', 'ES256')),
    sealed       bytea,
    announced_at timestamptz not null,
    signs_from   timestamptz not null,
    revoked_at   timestamptz,
    change       bigint not null,
    check ((sealed is null) = (revoked_at is not null))
);
grant select, insert, update, delete on control.signing_keys to bw_door;

-- The book's subjects are 16 bytes: a key's are the 12 that its kid spells, and zeros.
create function control.signing_key_subject(kid text) returns uuid
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select (encode(decode(translate(kid, '-_', '+/'), 'base64'), 'hex') || '00000000')::uuid
$$;

-- ---- doors ----

create function control.signing_keys_after(after bigint)
returns table (kid text, algorithm text, sealed bytea, announced_at timestamptz, signs_from timestamptz, revoked_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select k.kid, k.algorithm, k.sealed, k.announced_at, k.signs_from, k.revoked_at
    from control.signing_keys k where k.change > after order by k.signs_from, k.kid
$$;

-- The next key, if the newest is still the one that its maker saw: of several who rotate at once, one does. 'added'; 'newer' (another one
-- is there); 'early' (less than `due_ms` since the newest began to sign, by the database's clock); 'pending' (one is announced and does not
-- sign yet); 'promoted' (the same, but the new one was to sign at once: the announced one does); 'full'. What nothing good was signed with
-- any more, `keep_ms` after its successor began, is forgotten here. A server may not put an operator's name into the book.
create function control.signing_key_add(new_kid text, new_algorithm text, new_sealed bytea, after_kid text, announce_ms bigint,
                                        due_ms bigint, keep_ms bigint, actor text, out outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    newest control.signing_keys;
    at timestamptz;
    maker text := case session_user when 'bw_app' then 'schedule' else actor end;
begin
    perform from control.revocation_epoch for update;
    at := date_trunc('milliseconds', clock_timestamp());
    select * into newest from control.signing_keys k where k.revoked_at is null order by k.signs_from desc, k.kid desc limit 1;
    if newest.kid is distinct from after_kid then
        outcome := 'newer';
        return;
    end if;
    if newest.signs_from > at then
        if announce_ms > 0 or newest.algorithm <> new_algorithm then
            outcome := 'pending';
            return;
        end if;
        update control.signing_keys k set signs_from = at, change = control.take_revocation_epoch() where k.kid = newest.kid;
        insert into control.operator_events (at, actor, action, subject, details)
        values (at, maker, 'signing_key.announced', control.signing_key_subject(newest.kid),
                jsonb_build_object('algorithm', newest.algorithm, 'signs_from', at));
        outcome := 'promoted';
        return;
    end if;
    if newest.signs_from + due_ms * interval '1 millisecond' > at then
        outcome := 'early';
        return;
    end if;
    delete from control.signing_keys k
    where k.revoked_at is null
      and (select min(s.signs_from) from control.signing_keys s where s.revoked_at is null and (s.signs_from, s.kid) > (k.signs_from, k.kid))
          < at - keep_ms * interval '1 millisecond';
    if (select count(*) from control.signing_keys k where k.revoked_at is null) >= 16 then
        outcome := 'full';
        return;
    end if;
    insert into control.signing_keys (kid, algorithm, sealed, announced_at, signs_from, change)
    values (new_kid, new_algorithm, new_sealed, at, at + announce_ms * interval '1 millisecond', control.take_revocation_epoch());
    insert into control.operator_events (at, actor, action, subject, details)
    values (at, maker, 'signing_key.announced', control.signing_key_subject(new_kid),
            jsonb_build_object('algorithm', new_algorithm, 'signs_from', at + announce_ms * interval '1 millisecond'));
    outcome := 'added';
end $$;

-- Nothing that the key signed counts any more; with no `old_kid`, nothing that any key signed. If it was the one that signs, the announced
-- one takes over at once, or, without one, the fresh one that is given. 'revoked' with its epoch, 'unchanged', 'unknown'.
create function control.signing_key_revoke(old_kid text, fresh_kid text, fresh_algorithm text, fresh_sealed bytea, actor text,
                                           out outcome text, out epoch bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    signer text;
    at timestamptz;
begin
    perform from control.revocation_epoch for update;
    at := date_trunc('milliseconds', clock_timestamp());
    if old_kid is not null and not exists (select from control.signing_keys k where k.kid = old_kid) then
        outcome := 'unknown';
        return;
    end if;
    select k.kid into signer from control.signing_keys k where k.revoked_at is null
    order by k.signs_from <= at desc, case when k.signs_from <= at then k.signs_from end desc, k.signs_from, k.kid desc limit 1;
    select e.value into epoch from control.revocation_epoch e;
    outcome := 'unchanged';
    if exists (select from control.signing_keys k where k.revoked_at is null and (old_kid is null or k.kid = old_kid)) then
        outcome := 'revoked';
        epoch := control.take_revocation_epoch();
        insert into control.operator_events (at, actor, action, subject, details)
        select at, actor, 'signing_key.revoked', control.signing_key_subject(k.kid), '{}' from control.signing_keys k
        where k.revoked_at is null and (old_kid is null or k.kid = old_kid);
        update control.signing_keys k set revoked_at = at, sealed = null, change = signing_key_revoke.epoch
        where k.revoked_at is null and (old_kid is null or k.kid = old_kid);
    end if;
    if outcome = 'revoked' and (old_kid is null or signer = old_kid) then
        update control.signing_keys k set signs_from = at, change = signing_key_revoke.epoch
        where k.kid = (select n.kid from control.signing_keys n where n.revoked_at is null and n.signs_from > at
                       order by n.signs_from, n.kid limit 1);
        if not found then
            insert into control.signing_keys (kid, algorithm, sealed, announced_at, signs_from, change)
            values (fresh_kid, fresh_algorithm, fresh_sealed, at, at, signing_key_revoke.epoch);
            insert into control.operator_events (at, actor, action, subject, details)
            values (at, actor, 'signing_key.announced', control.signing_key_subject(fresh_kid),
                    jsonb_build_object('algorithm', fresh_algorithm, 'signs_from', at));
        end if;
    end if;
end $$;

-- What a failover lost, from the memory of a process. A revoked key stays revoked.
create function control.signing_key_restore(lost_kid text, lost_algorithm text, lost_sealed bytea, lost_announced_at timestamptz,
                                            lost_signs_from timestamptz, lost_revoked_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into control.signing_keys as k (kid, algorithm, sealed, announced_at, signs_from, revoked_at, change)
    values (lost_kid, lost_algorithm, case when lost_revoked_at is null then lost_sealed end, lost_announced_at, lost_signs_from,
            lost_revoked_at, control.take_revocation_epoch())
    on conflict (kid) do update
    set revoked_at = coalesce(k.revoked_at, excluded.revoked_at), signs_from = least(k.signs_from, excluded.signs_from),
        sealed = case when coalesce(k.revoked_at, excluded.revoked_at) is null then k.sealed end, change = excluded.change
$$;

reset role;

do $$
declare
    door regprocedure;
begin
    for door in
        select p.oid from pg_proc p
        where p.pronamespace = 'control'::regnamespace
          and p.proname in ('signing_keys_after', 'signing_key_add', 'signing_key_revoke', 'signing_key_restore')
    loop
        execute format('alter function %s owner to bw_door', door);
        execute format('revoke execute on function %s from public', door);
    end loop;
end $$;
grant execute on function control.signing_keys_after(bigint),
    control.signing_key_add(text, text, bytea, text, bigint, bigint, bigint, text) to bw_app, bw_operator;
grant execute on function control.signing_key_restore(text, text, bytea, timestamptz, timestamptz, timestamptz) to bw_app;
grant execute on function control.signing_key_revoke(text, text, text, bytea, text) to bw_operator;
