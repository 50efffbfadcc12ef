// That whoever takes the revocation epoch changes nothing after it: its lock is one for the whole
// installation and held until COMMIT. For test programs only.
#pragma once

#include "support/installation.hpp"

namespace bw::test {

/// From now on a transaction that has taken the epoch can change nothing but `revocations`.
inline void nothing_follows_the_epoch(Session& superuser) {
    superuser.run(R"(
        create function epoch_is_held() returns trigger security definer language plpgsql as $$
        begin
            if exists (select from control.revocation_epoch e where e.xmin = pg_current_xact_id()::xid) then
                raise exception 'the revocation epoch is held while % is changed', tg_relname;
            end if;
            return null;
        end $$;
        do $$
        declare
            name regclass;
        begin
            for name in select a.attrelid from pg_attribute a join pg_class c on c.oid = a.attrelid
                        where a.attname = 'tenant_id' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
                          and c.relname <> 'revocations'
            loop
                execute format('create trigger epoch_is_held before insert or update or delete on %s '
                               'for each statement execute function epoch_is_held()', name);
            end loop;
        end $$)");
}

} // namespace bw::test
