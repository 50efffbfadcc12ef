-- The change stream of the reports: which columns it carries, and who may read it.
--
-- bw_stream has no right on any table, owns nothing and is in no other role; but whoever may replicate can decode whatever the database
-- commits, all tenants' rows included. It is the one exception to the rule that every look across tenants is a door. Its password stands
-- with the process that keeps the reporting store and nowhere else.
do $$
begin
    if not exists (select from pg_roles where rolname = 'bw_stream') then
        begin
            create role bw_stream login replication nosuperuser nocreatedb nocreaterole nobypassrls;
        exception when duplicate_object or unique_violation then
            null; -- made at the same moment from another database
        end;
    end if;
end $$;

-- Columns of a list are all that leaves: no names, no addresses, nothing that people wrote. reporting/mirrored.cpp has the same list, which a
-- test holds to this one.
create publication bw_reporting for table
    control.tenants (tenant_id, state, zone, generation),
    public.orgs (tenant_id, org_id, status, name, type, parent_org_id),
    public.academic_sessions (tenant_id, academic_session_id, status, title, type, start_date, end_date, school_year,
        parent_session_id),
    public.courses (tenant_id, course_id, status, title, course_code, org_id, school_year_session_id),
    public.sections (tenant_id, section_id, status, title, class_code, class_type, course_id, school_org_id),
    public.section_terms (tenant_id, section_id, academic_session_id),
    public.users (tenant_id, user_id, status, primary_org_id),
    public.user_roles (tenant_id, user_role_id, status, user_id, org_id, role, begin_date, end_date),
    public.enrollments (tenant_id, enrollment_id, status, section_id, school_org_id, user_id, role, is_primary, begin_date,
        end_date),
    public.categories (tenant_id, category_id, status, title, weight),
    public.line_items (tenant_id, line_item_id, status, section_id, category_id, grading_period_session_id, points_min,
        points_max),
    public.assignments (tenant_id, assignment_id, section_id, title, due_at, active, kind, opens_at, late_seconds_limit,
        identities_hidden, withdrawn_at),
    public.extensions (tenant_id, extension_id, assignment_id, user_id, due_at, attempts_extra, given_at, revoked_at),
    public.submissions (tenant_id, submission_id, assignment_id, user_id, state, reason, received_at, late, recorded_at, kind),
    public.submission_files (tenant_id, submission_id, "position", user_id, size, media_type, state, upload_until, arrived_at),
    public.marking (tenant_id, assignment_id, version, anonymous, opened_at),
    public.marking_schemes (tenant_id, assignment_id, version, points_max, counts, made_at),
    public.marks (tenant_id, assignment_id, user_id, kind, done, scheme_version, submission_id, points, changed_at),
    public.grades (tenant_id, assignment_id, user_id, number, scheme_version, points, submission_id, released_at),
    public.regrade_requests (tenant_id, regrade_id, assignment_id, user_id, number, state, made_at, ended_at),
    public.refresh_families (tenant_id, session_id, user_id, rotated_at, began_at, expires_at, revoked_at, shared_device),
    public.audit_events (tenant_id, audit_event_id, at, actor, action),
    public.upload_usage (tenant_id, user_id, bytes),
    public.load_minutes (tenant_id, minute, password, refresh, provider, page_read, submission, live_join, job);
