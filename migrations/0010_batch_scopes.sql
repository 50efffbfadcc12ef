-- The check of scope_enter for a whole batch's institutions, in one look.
set local role bw_owner;

-- Raises what scope_enter raises, for the first that it would not let in. Leaves no scope that anybody asked for: each share of the
-- batch sets its own.
create function public.scopes_check(tenants uuid[], generations bigint[], recording boolean[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    refused record;
begin
    for refused in
        select asked.tenant, asked.generation, asked.recording
        from unnest(tenants, generations, recording) as asked (tenant, generation, recording)
        left join control.tenants t on t.tenant_id = asked.tenant
        where (t.generation = asked.generation and (t.state = 'active' and not t.fenced or asked.recording)) is not true
    loop
        perform public.scope_enter(refused.tenant, refused.generation, refused.recording);
    end loop;
end $$;

reset role;

alter function public.scopes_check(uuid[], bigint[], boolean[]) owner to bw_door;
revoke execute on function public.scopes_check(uuid[], bigint[], boolean[]) from public;
grant execute on function public.scopes_check(uuid[], bigint[], boolean[]) to bw_app, bw_operator;
