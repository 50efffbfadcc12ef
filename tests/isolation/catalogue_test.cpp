// The rules that hold the walls, asked of the migrated database's own catalogue; and each rule seen
// to fail on a database that breaks it. A rule is a query that returns one line for each offence,
// which names the object.
#include <gtest/gtest.h>

#include "support/installation.hpp"

namespace bw::test {
namespace {

// Roles named bw_test_* are made by other tests in the same cluster, at the same time.
struct Rule {
    const char* name;
    const char* offences;
};

/// The tables that hold tenants' rows, and the expression that every policy of theirs has.
#define BW_TENANT_TABLES                                                                           \
    "with tenant_tables as (select c.oid, c.oid::regclass::text as name, c.relrowsecurity, "       \
    "c.relforcerowsecurity, a.attnum as tenant "                                                   \
    "from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and "   \
    "not a.attisdropped "                                                                          \
    "join pg_namespace n on n.oid = c.relnamespace "                                               \
    "where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> "              \
    "'information_schema') "

/// Every function that looks across tenants, and whose it is.
#define BW_DOORS                                                                                   \
    "(values ('public.scope_enter(uuid,bigint,boolean)', 'servers'), "                             \
    "('public.scopes_check(uuid[],bigint[],boolean[])', 'servers'), "                              \
    "('control.directory_change()', 'servers'), "                                                  \
    "('control.tenant_directory(bigint)', 'servers'), "                                            \
    "('control.operator_credentials()', 'servers'), "                                              \
    "('control.audit_pending_tenants(integer)', 'servers'), "                                      \
    "('control.mail_due(timestamp with time zone,integer,integer)', 'servers'), "                  \
    "('control.announce_bells()', 'servers'), "                                                    \
    "('control.job_beat(uuid,text,interval,boolean,text[],double precision[])', 'servers'), "      \
    "('control.job_claim(uuid,text[],integer[],interval[],integer,uuid,integer,boolean)', "        \
    "'servers'), "                                                                                 \
    "('control.job_release(uuid,uuid[],uuid[],interval)', 'servers'), "                            \
    "('control.job_rescue(integer)', 'servers'), "                                                 \
    "('control.job_held(uuid)', 'servers'), "                                                      \
    "('control.job_schedules_due(text[],integer)', 'servers'), "                                   \
    "('control.job_backlog()', 'servers'), "                                                       \
    "('control.job_decide(text,boolean,boolean,integer,text)', 'operators'), "                     \
    "('control.job_overview()', 'operators'), "                                                    \
    "('control.job_worker_list(integer)', 'operators'), "                                          \
    "('control.dead_letters(uuid,text,integer)', 'operators'), "                                   \
    "('control.dead_letters_redrive(uuid,text,text,integer,interval,boolean,text)', "              \
    "'operators'), "                                                                               \
    "('control.job_forget()', 'servers'), "                                                        \
    "('control.outage_beat(text[],interval[],interval,interval)', 'servers'), "                    \
    "('control.outages_due(interval,integer)', 'servers'), "                                       \
    "('control.outage_list(integer)', 'operators'), "                                              \
    "('control.service_watch_list()', 'operators'), "                                              \
    "('control.outage_declare(uuid,timestamptz,timestamptz,text,text)', 'operators'), "            \
    "('control.take_revocation_epoch()', 'servers'), "                                             \
    "('control.raise_revocation_epoch(bigint)', 'servers'), "                                      \
    "('control.revocations_after(bigint)', 'servers'), "                                           \
    "('control.confirm_revocations(uuid,bigint)', 'servers'), "                                    \
    "('control.leave_revocations(uuid)', 'servers'), "                                             \
    "('control.forget_revocations(timestamptz)', 'servers'), "                                     \
    "('control.forget_session_revocations(timestamptz)', 'servers'), "                             \
    "('control.take_revocation_epochs(bigint)', 'servers'), "                                      \
    "('control.signing_keys_after(bigint)', 'servers'), "                                          \
    "('control.signing_key_add(text,text,bytea,text,bigint,bigint,bigint,text)', 'servers'), "     \
    "('control.signing_key_restore(text,text,bytea,timestamptz,timestamptz,timestamptz)', "        \
    "'servers'), "                                                                                 \
    "('control.signing_key_revoke(text,text,text,bytea,text)', 'operators'), "                     \
    "('control.live_lead(bigint,text,interval)', 'servers'), "                                     \
    "('control.live_resign(bigint)', 'servers'), "                                                 \
    "('control.live_leads(bigint)', 'servers'), "                                                  \
    "('control.live_institutions()', 'servers'), "                                                 \
    "('control.live_classes_between(timestamp with time zone,timestamp with time zone)', "         \
    "'servers'), "                                                                                 \
    "('control.pack_changes_since(text,bigint)', 'servers'), "                                     \
    "('control.forget_pack_changes(text)', 'servers'), "                                           \
    "('control.report_outbox_look(text,text)', 'servers'), "                                       \
    "('control.report_outbox_changed(text)', 'servers'), "                                         \
    "('control.report_outbox_keys(text,text)', 'servers'), "                                       \
    "('control.report_outbox_join(text)', 'servers'), "                                            \
    "('control.report_outbox_seen(text,text,integer)', 'servers'), "                               \
    "('control.report_outbox_let_go()', 'servers'), "                                              \
    "('control.report_note_emptied()', 'servers'), "                                               \
    "('control.report_outbox_switch(boolean,bigint,text)', 'operators'), "                         \
    "('control.report_outbox_list()', 'operators'), "                                              \
    "('control.sign_in_failures_since(timestamptz,integer)', 'servers'), "                         \
    "('control.forget_sign_in_failures(integer)', 'servers'), "                                    \
    "('control.tenant_records(uuid,uuid,text,integer)', 'operators'), "                            \
    "('control.tenant_create(uuid,text,text[],text,text,text,integer,integer,integer,integer,"     \
    "bytea,text,timestamptz)', 'operators'), "                                                     \
    "('control.tenant_change(uuid,bigint,text,text[],text,text,text,integer,integer,integer,"      \
    "integer,text,timestamptz)', 'operators'), "                                                   \
    "('control.tenant_set_state(uuid,text,text,timestamptz)', 'operators'), "                      \
    "('control.operator_token_create(uuid,text,bytea,text,timestamptz)', 'operators'), "           \
    "('control.operator_token_records()', 'operators'), "                                          \
    "('control.operator_token_revoke(uuid,text,timestamptz)', 'operators'), "                      \
    "('control.operator_event_records(bigint,integer)', 'operators')) as d (door, of)"

const Rule rules[] = {
    {"row-level security is enabled and forced on every table with a tenant_id", BW_TENANT_TABLES
     "select name from tenant_tables where not (relrowsecurity and relforcerowsecurity)"},

    {"a tenant_id is a uuid, never null, and defaults to the scope's", BW_TENANT_TABLES
     "select name from tenant_tables t join pg_attribute a on a.attrelid = t.oid and a.attnum = "
     "t.tenant "
     "left join pg_attrdef d on d.adrelid = t.oid and d.adnum = t.tenant "
     "where not a.attnotnull or a.atttypid <> 'uuid'::regtype or (name not in ('control.tenants', "
     "'control.tenant_hosts') and "
     "pg_get_expr(d.adbin, d.adrelid) is distinct from "
     "$x$(current_setting('bw.tenant'::text))::uuid$x$)"},

    {"policies are the known ones: the scope's tenant for bw_app, the doors for bw_door",
     BW_TENANT_TABLES
     "select name || ' ' || p.polname from tenant_tables t join pg_policy p on p.polrelid = t.oid "
     "where (p.polroles::regrole[]::text[], p.polcmd::text, pg_get_expr(p.polqual, p.polrelid), "
     "pg_get_expr(p.polwithcheck, p.polrelid)) is distinct from "
     "(array['bw_app'], '*', $x$(tenant_id = (current_setting('bw.tenant'::text))::uuid)$x$, "
     "$x$(tenant_id = (current_setting('bw.tenant'::text))::uuid)$x$) "
     "and not (name ~ '^job_history_[0-9]+$' and p.polname = 'door_reads' and p.polcmd = 'r' and "
     "p.polroles::regrole[]::text[] = array['bw_door']) "
     "and (name, p.polname, p.polroles::regrole[]::text[], p.polcmd::text) not in "
     "(('control.tenants', 'door_reads', array['bw_door'], 'r'), ('control.tenants', "
     "'door_provisions', array['bw_door'], 'a'), ('control.tenants', 'door_changes', "
     "array['bw_door'], 'w'), ('control.tenant_hosts', 'door_reads', array['bw_door'], 'r'), "
     "('control.tenant_hosts', 'door_provisions', array['bw_door'], 'a'), "
     "('control.tenant_hosts', 'door_frees', array['bw_door'], 'd'), "
     "('audit_pending', 'door_reads', array['bw_door'], 'r'), "
     "('mail_dispatch', 'door_reads', array['bw_door'], 'r'), "
     "('revocations', 'door_reads', array['bw_door'], 'r'), "
     "('live_lessons', 'door_reads', array['bw_door'], 'r'), "
     "('live_classes', 'door_reads', array['bw_door'], 'r'), "
     "('timetables', 'door_reads', array['bw_door'], 'r'), "
     "('bells', 'door_reads', array['bw_door'], 'r'), "
     "('jobs', 'door_reads', array['bw_door'], 'r'), "
     "('jobs', 'door_routes', array['bw_door'], 'w'), "
     "('job_schedules', 'door_reads', array['bw_door'], 'r'), "
     "('outages_given_back', 'door_reads', array['bw_door'], 'r'), "
     "('revocations', 'door_forgets', array['bw_door'], 'd'), "
     "('sign_in_failures', 'door_reads', array['bw_door'], 'r'), "
     "('pack_changes', 'door_reads', array['bw_door'], 'r'), "
     "('pack_changes', 'door_forgets', array['bw_door'], 'd'), "
     "('report_changes', 'door_reads', array['bw_door'], 'r'), "
     "('report_changes', 'door_notes', array['bw_door'], 'a'), "
     "('report_changes', 'door_forgets', array['bw_door'], 'd'), "
     "('sign_in_failures', 'door_forgets', array['bw_door'], 'd'))"},

    {"primary and unique keys and unique indexes begin with tenant_id",
     BW_TENANT_TABLES "select i.indexrelid::regclass::text from tenant_tables t join pg_index i on "
                      "i.indrelid = t.oid "
                      "where i.indisunique and i.indkey[0] <> t.tenant and "
                      "i.indexrelid::regclass::text not in ('control.tenants_slug_key', "
                      "'control.tenant_hosts_host_key')"},

    {"every table with a tenant_id has a primary key",
     BW_TENANT_TABLES "select name from tenant_tables t where not exists (select from pg_index i "
                      "where i.indrelid = t.oid and i.indisprimary)"},

    {"foreign keys of and to tenant tables have tenant_id first on both sides", BW_TENANT_TABLES
     "select k.conrelid::regclass || ' ' || k.conname from pg_constraint k "
     "left join tenant_tables f on f.oid = k.conrelid left join tenant_tables t on t.oid = "
     "k.confrelid "
     "where k.contype = 'f' and (f.oid is not null or t.oid is not null) and "
     "(f.oid is null or t.oid is null or k.conkey[1] <> f.tenant or k.confkey[1] <> t.tenant)"},

    {"tables without a tenant_id are the listed ones", BW_TENANT_TABLES
     "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace "
     "where c.relkind in ('r', 'p', 'f') and n.nspname not like 'pg\\_%' and n.nspname <> "
     "'information_schema' "
     "and c.oid not in (select oid from tenant_tables) and c.oid::regclass::text not in "
     "('schema_migration', 'control.recorder_cursors', 'control.recorder_set_aside', "
     "'control.directory_changes', 'control.operator_tokens', 'control.operator_events', "
     "'control.revocation_epoch', 'control.processes', 'control.signing_keys', "
     "'control.job_workers', 'control.job_rates', 'control.job_kinds', "
     "'control.service_watch', 'control.outages', 'control.live_leader', "
     "'control.report_outbox', 'control.report_outbox_readers')"},

    {"functions that run as their owner are the listed doors",
     "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = "
     "p.pronamespace "
     "where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema') and "
     "p.oid not in (select to_regprocedure(door) from " BW_DOORS " where to_regprocedure(door) is "
     "not null)"},

    {"the listed doors are there, run as bw_door (one, which makes triggers, as their tables' "
     "owner) with a fixed search_path, and PUBLIC may not call them",
     "select d.door from " BW_DOORS " left join pg_proc p on p.oid = to_regprocedure(d.door) "
     "where p.oid is null or not p.prosecdef or p.proowner <> case when p.oid = "
     "to_regprocedure('control.report_outbox_switch(boolean,bigint,text)') then "
     "'bw_owner'::regrole else 'bw_door'::regrole end "
     "or p.proconfig is distinct from array['search_path=pg_catalog, pg_temp'] "
     "or exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where "
     "a.grantee = 0)"},

    {"bw_app may not provision: the operators' doors are bw_operator's alone",
     "select d.door from " BW_DOORS " where d.of = 'operators' and to_regprocedure(door) is not "
     "null and has_function_privilege('bw_app', to_regprocedure(door), 'execute')"},

    {"the control plane's tables are read and written through doors alone, the recorder's excepted",
     "select c.oid::regclass || ' ' || r.rolname from pg_class c, pg_roles r where c.relnamespace "
     "= 'control'::regnamespace and c.relkind in ('r', 'p', 'v', 'S') and r.rolname in ('bw_app', "
     "'bw_operator') and c.relname not in ('recorder_cursors', 'recorder_set_aside') and "
     "has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')"},

    {"views look with their reader's rights, and nothing is materialised",
     "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace "
     "where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and (c.relkind = 'm' "
     "or (c.relkind = 'v' and not "
     "coalesce(c.reloptions @> array['security_invoker=true'] or c.reloptions @> "
     "array['security_invoker=on'], false)))"},

    {"no role but the bootstrap superuser is a superuser, may bypass row-level security or, two "
     "excepted, replicate",
     "select rolname from pg_roles where (rolsuper or rolbypassrls or (rolreplication and rolname "
     "not in ('bw_stream', 'bw_replication'))) and oid <> 10 and rolname not like "
     "'bw\\_test\\_%'"},

    {"who reads the change stream has no right but that, and is in no role",
     "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace "
     "where n.nspname in ('public', 'control') and c.relkind in ('r', 'p', 'v', 'S') and "
     "(c.relowner = 'bw_stream'::regrole or case when c.relkind = 'S' then "
     "has_sequence_privilege('bw_stream', c.oid, 'usage, select, update') else "
     "has_table_privilege('bw_stream', c.oid, 'select, insert, update, delete, truncate, "
     "references, trigger') or has_any_column_privilege('bw_stream', c.oid, 'select, insert, "
     "update, references') end) union all "
     "select d.door from " BW_DOORS " where to_regprocedure(door) is not null and "
     "has_function_privilege('bw_stream', to_regprocedure(door), 'execute') union all "
     "select m.member::regrole || ' in ' || m.roleid::regrole from pg_auth_members m where "
     "'bw_stream'::regrole in (m.member, m.roleid) union all "
     "select rolname from pg_roles where rolname = 'bw_stream' and (rolcreaterole or "
     "rolcreatedb)"},

    {"publications are the reports' one, and it carries lists of columns",
     "select pubname from pg_publication where pubname <> 'bw_reporting' or puballtables or "
     "pubviaroot union all select r.prrelid::regclass::text from pg_publication_rel r where "
     "r.prattrs is null union all select n.pnnspid::regnamespace::text from "
     "pg_publication_namespace n"},

    {"the server's roles are nobody else: no memberships, no right to make roles or databases",
     "select m.member::regrole || ' in ' || m.roleid::regrole from pg_auth_members m "
     "where m.member in ('bw_app'::regrole, 'bw_operator'::regrole, 'bw_door'::regrole) union all "
     "select rolname from pg_roles where rolname in ('bw_app', 'bw_operator', 'bw_door', "
     "'bw_owner') and (rolcreaterole or rolcreatedb)"},

    {"nobody signs in as the owner or the door",
     "select rolname from pg_roles where rolname in ('bw_owner', 'bw_door') and rolcanlogin"},

    {"bw_app, bw_operator and bw_door own no table",
     "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'S', "
     "'f') "
     "and c.relowner in ('bw_app'::regrole, 'bw_operator'::regrole, 'bw_door'::regrole)"},

    {"PUBLIC has no right on any table, nor to make any",
     "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace, "
     "aclexplode(c.relacl) a where n.nspname not in ('pg_catalog', 'information_schema') and "
     "a.grantee = 0 union all "
     "select n.nspname from pg_namespace n, aclexplode(n.nspacl) a where n.nspname in ('public', "
     "'control') and a.grantee = 0 "
     "and a.privilege_type = 'CREATE'"},

    {"bw_app may neither truncate nor set triggers (row-level security binds neither)",
     "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace "
     "where c.relkind in ('r', 'p') "
     "and n.nspname in ('public', 'control') and has_table_privilege('bw_app', c.oid, 'truncate, "
     "trigger, references')"},

    {"the audit log is append-only for bw_app",
     "select 'audit_events' where has_table_privilege('bw_app', 'audit_events', 'update, delete')"},

    {"what students were told, and schemes, are never changed by bw_app",
     "select c.relname from pg_class c where c.relname in ('grades', 'marking_schemes') and "
     "has_table_privilege('bw_app', c.oid, 'update')"},

    {"no rewrite rules stand on tables",
     BW_TENANT_TABLES "select name from tenant_tables t join pg_rewrite r on r.ev_class = t.oid"},

    {"triggers stand on no tenant table but those of foreign and deferred keys, and those that "
     "note "
     "by the writer's own rights whose first pages a statement concerns, and which rows reports "
     "want to hear of",
     BW_TENANT_TABLES "select name || ' ' || g.tgname from tenant_tables t join pg_trigger g on "
                      "g.tgrelid = t.oid join pg_proc p on p.oid = g.tgfoid where not "
                      "g.tgisinternal and not (p.pronamespace = 'public'::regnamespace and "
                      "p.proname ~ '^(pack_[a-z]+_changed|report_note_[a-z_]+)$' and not "
                      "p.prosecdef) and p.oid <> 'control.report_note_emptied()'::regprocedure"},
};

/// Breaks one rule; the offence must name the object.
struct Mutation {
    const char* rule; // the beginning of its name
    const char* sql;
    const char* names;
};

const Mutation mutations[] = {
    {"row-level security is enabled", "alter table users disable row level security", "users"},
    {"row-level security is enabled", "alter table credentials no force row level security",
     "credentials"},
    {"row-level security is enabled", "create table control.notes (tenant_id uuid)",
     "control.notes"},
    {"row-level security is enabled", "create schema annex create table notes (tenant_id uuid)",
     "annex.notes"},
    {"row-level security is enabled", "alter table control.tenants no force row level security",
     "control.tenants"},
    {"a tenant_id is a uuid", "alter table courses alter tenant_id drop default", "courses"},
    {"a tenant_id is a uuid",
     "alter table courses alter tenant_id set default current_setting('bw.tenant', true)::uuid",
     "courses"},
    {"policies are", "create policy extra on orgs to bw_app using (true)", "orgs extra"},
    {"policies are",
     "drop policy tenant on orgs; create policy tenant on orgs to bw_app using (tenant_id = "
     "current_setting('bw.tenant', true)::uuid)",
     "orgs tenant"},
    {"policies are",
     "drop policy tenant on orgs; create policy tenant on orgs using (tenant_id = "
     "current_setting('bw.tenant')::uuid)",
     "orgs tenant"},
    {"policies are", "alter policy tenant on orgs to bw_app, bw_operator", "orgs tenant"},
    {"policies are", "alter policy tenant on orgs with check (true)", "orgs tenant"},
    {"policies are", "create policy door_reads on users for select to bw_door using (true)",
     "users door_reads"},
    {"policies are",
     "create policy door_removes on control.tenants for delete to bw_door using (true)",
     "control.tenants door_removes"},
    {"policies are", "alter policy door_frees on control.tenant_hosts to bw_app",
     "control.tenant_hosts door_frees"},
    {"primary and unique keys", "alter table orgs add constraint by_name unique (name)", "by_name"},
    {"primary and unique keys", "create unique index by_org on orgs (org_id, tenant_id)", "by_org"},
    {"primary and unique keys", "create unique index by_lower on orgs (lower(name))", "by_lower"},
    {"every table with", "alter table audit_events drop constraint audit_events_pkey cascade",
     "audit_events"},
    {"foreign keys",
     "create table p (tenant_id uuid, p_id uuid unique, primary key (tenant_id, p_id)); "
     "create table c (tenant_id uuid primary key, p_id uuid references p (p_id))",
     "c c_p_id_fkey"},
    {"foreign keys",
     "create table c (tenant_id uuid, id uuid, foreign key (id, tenant_id) references orgs "
     "(tenant_id, org_id))",
     "c c_id_tenant_id_fkey"},
    {"foreign keys",
     "create table c (t uuid, o uuid, foreign key (t, o) references orgs (tenant_id, org_id))",
     "c c_t_o_fkey"},
    {"tables without", "create table notes (note text)", "notes"},
    {"tables without",
     "create foreign data wrapper w; create server s foreign data wrapper w; create foreign table "
     "far (x text) server s",
     "far"},
    {"functions that run",
     "create function peek() returns bigint language sql security definer return 1", "peek()"},
    {"functions that run",
     "create function scope_enter(uuid) returns void language sql security definer as 'select'",
     "scope_enter(uuid)"},
    {"the listed doors", "grant execute on function scope_enter(uuid, bigint, boolean) to public",
     "scope_enter"},
    {"the listed doors", "alter function scope_enter(uuid, bigint, boolean) reset search_path",
     "scope_enter"},
    {"the listed doors",
     "alter function scope_enter(uuid, bigint, boolean) set search_path = public", "scope_enter"},
    {"the listed doors", "alter function control.tenant_directory(bigint) owner to bw",
     "tenant_directory"},
    {"the listed doors", "alter function control.tenant_directory(bigint) security invoker",
     "tenant_directory"},
    {"the listed doors", "drop function control.tenant_directory(bigint)", "tenant_directory"},
    {"bw_app may not provision", "grant execute on all functions in schema control to bw_app",
     "tenant_create"},
    {"bw_app may not provision",
     "grant execute on function control.operator_token_create(uuid, text, bytea, text, "
     "timestamptz) to bw_app",
     "operator_token_create"},
    {"the control plane's tables", "grant select on control.operator_tokens to bw_app",
     "control.operator_tokens bw_app"},
    {"the control plane's tables", "grant update on control.tenants to bw_operator",
     "control.tenants bw_operator"},
    {"views look", "create view all_users as select * from users", "all_users"},
    {"views look", "create view all_users with (security_invoker = false) as select * from users",
     "all_users"},
    {"views look", "create materialized view all_users as select * from users", "all_users"},
    {"no role but", "alter role bw_app superuser", "bw_app"},
    {"no role but", "alter role bw_door bypassrls", "bw_door"},
    {"no role but", "alter role bw_operator replication", "bw_operator"},
    {"who reads the change stream", "grant select on users to bw_stream", "users"},
    {"who reads the change stream", "grant select (user_id) on users to bw_stream", "users"},
    {"who reads the change stream",
     "grant execute on function control.tenant_directory(bigint) to bw_stream", "tenant_directory"},
    {"who reads the change stream", "grant bw_app to bw_stream", "bw_stream in bw_app"},
    {"who reads the change stream", "alter role bw_stream createrole", "bw_stream"},
    {"publications are", "create publication everything for all tables", "everything"},
    {"publications are", "alter publication bw_reporting add table credentials", "credentials"},
    {"publications are", "create publication area for tables in schema control", "area"},
    {"the server's roles", "grant bw_owner to bw_app", "bw_app in bw_owner"},
    {"the server's roles", "grant pg_read_all_data to bw_app", "bw_app in pg_read_all_data"},
    {"the server's roles", "alter role bw_app createrole", "bw_app"},
    {"nobody signs in", "alter role bw_door login", "bw_door"},
    {"bw_app, bw_operator", "alter table orgs owner to bw_app", "orgs"},
    {"PUBLIC has no right", "grant select on users to public", "users"},
    {"PUBLIC has no right", "grant create on schema public to public", "public"},
    {"bw_app may neither", "grant truncate on users to bw_app", "users"},
    {"bw_app may neither", "grant trigger on users to bw_app", "users"},
    {"the audit log", "grant delete on audit_events to bw_app", "audit_events"},
    {"what students were told", "grant update on grades to bw_app", "grades"},
    {"no rewrite rules", "create rule quiet as on delete to users do instead nothing", "users"},
    {"triggers stand",
     "create function t() returns trigger language plpgsql as 'begin return new; end'; "
     "create trigger copy before insert on users for each row execute function t()",
     "users copy"},
    {"triggers stand",
     "create function pack_all_changed() returns trigger language plpgsql security definer as "
     "'begin return null; end'; create trigger pack_all after insert on users for each statement "
     "execute function pack_all_changed()",
     "users pack_all"},
    {"triggers stand",
     "create function report_note_all() returns trigger language plpgsql security definer as "
     "'begin return null; end'; create trigger report_all after insert on users for each statement "
     "execute function report_note_all()",
     "users report_all"},
    {"the listed doors", "alter function control.report_outbox_join(text) owner to bw_owner",
     "report_outbox_join"},
};

std::vector<std::string> offences(Session& session, const Rule& rule) {
    std::vector<std::string> out;
    for (const auto& row : session.run(rule.offences))
        out.push_back(row[0].value_or("(null)"));
    return out;
}

void expect_rules_hold(Session& session) {
    for (const Rule& rule : rules)
        for (const std::string& offence : offences(session, rule))
            ADD_FAILURE() << rule.name << ": " << offence;
}

TEST(Catalogue, EveryRuleHolds) {
    Installation installation;
    expect_rules_hold(installation.superuser());
    EXPECT_GE(installation.superuser()
                  .run(std::string(BW_TENANT_TABLES) + "select name from tenant_tables")
                  .size(),
              16U)
        << "the rules look at too few tables";
}

/// The operators' door makes triggers and their functions.
TEST(Catalogue, EveryRuleHoldsWhileReportsFollowByTheOutbox) {
    Installation installation;
    Session& session = installation.superuser();
    session.run("set role bw_operator; select control.report_outbox_switch(true, 1000000, 'test'); "
                "reset role");
    EXPECT_EQ(session.value("select count(distinct tgrelid) from pg_trigger where tgname = "
                            "'report_inserted'"),
              session.value("select count(*) from pg_publication_rel"));
    expect_rules_hold(session);
    session.run("set role bw_operator; select control.report_outbox_switch(false, 0, 'test'); "
                "reset role");
    EXPECT_EQ(session.value("select count(*) from pg_trigger where tgname like 'report\\_%'"), "0");
}

TEST(Catalogue, EveryRuleIsSeenToFail) {
    Installation installation;
    Session& session = installation.superuser();
    std::vector<bool> seen(std::size(rules));
    for (const Mutation& mutation : mutations) {
        // Rolled back, so that a change of roles, which belong to the whole cluster, is seen by
        // nobody else.
        session.run("begin");
        auto done = session.attempt(mutation.sql);
        ASSERT_TRUE(done.ok()) << mutation.sql << ": " << done.message;
        bool known = false;
        for (std::size_t i = 0; i < std::size(rules); ++i) {
            if (!std::string_view(rules[i].name).starts_with(mutation.rule))
                continue;
            known = seen[i] = true;
            std::string told;
            for (const std::string& offence : offences(session, rules[i]))
                told += offence + "; ";
            EXPECT_NE(told.find(mutation.names), std::string::npos)
                << mutation.sql << "\nwent unnoticed by: " << rules[i].name
                << "\nwhich told: " << told;
        }
        EXPECT_TRUE(known) << mutation.rule;
        session.run("rollback");
    }
    for (std::size_t i = 0; i < std::size(rules); ++i)
        EXPECT_TRUE(seen[i]) << "never seen to fail: " << rules[i].name;
}

} // namespace
} // namespace bw::test
