-- Transactions and the control plane: the only statements in the program that run outside a tenant's scope.

-- name: begin
begin

-- name: commit
commit

-- name: rollback
rollback

-- name: scope_enter
select public.scope_enter($1, $2)

-- name: tenant_directory
select tenant_id, slug, name, zone, generation from control.tenant_directory()

-- name: tenant_create
select control.tenant_create($1, $2, $3, $4)

-- name: who_am_i
-- What the start-up self-check must find false, of the role or of one that it could become (SET ROLE): superuser, bypassrls, owner
-- of any table with tenants' rows, the door; and the number of tables with a tenant_id that do not force row-level security.
select exists (select from pg_roles r where r.rolsuper and pg_has_role(r.oid, 'member')),
       exists (select from pg_roles r where r.rolbypassrls and pg_has_role(r.oid, 'member')),
       exists (select from pg_class c where c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'member')
               and c.relnamespace in ('public'::regnamespace, 'control'::regnamespace)),
       pg_has_role('bw_door', 'member'),
       (select count(*) from pg_class c join pg_attribute a on a.attrelid = c.oid
        where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p') and c.relpersistence <> 't'
          and not (c.relrowsecurity and c.relforcerowsecurity))
