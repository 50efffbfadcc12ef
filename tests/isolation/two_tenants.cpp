// See two_tenants.hpp.
#include "two_tenants.hpp"

#include <cstdio>
#include <cstdlib>

namespace bw::test {

namespace {

/// One row at least in every tenant table; %n stands for the uuid of kind n, MARK for the marker.
constexpr const char* rows = R"(
insert into orgs (org_id, source, sourced_id, name, type, identifier) values
    ('%1', 'MARK', 'MARK-org', 'MARK org', 'school', 'MARK'), ('%28', 'federation', 'federation', 'MARK org', 'district', 'MARK'),
    ('%29', 'granted', 'granted', 'MARK org', 'district', 'MARK');
insert into academic_sessions (academic_session_id, source, sourced_id, title, type, start_date, end_date, school_year)
    values ('%2', 'MARK', 'MARK-term', 'MARK term', 'term', '2026-09-01', '2027-07-01', '2027');
insert into courses (course_id, source, sourced_id, title, course_code, org_id, school_year_session_id)
    values ('%3', 'MARK', 'MARK-course', 'MARK course', 'MARK', '%1', '%2');
insert into sections (section_id, source, sourced_id, title, class_code, class_type, location, course_id, school_org_id)
    values ('%4', 'MARK', 'MARK-section', 'MARK section', 'MARK', 'scheduled', 'MARK', '%3', '%1');
insert into section_terms (section_id, academic_session_id) values ('%4', '%2');
insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name, email, identifier, primary_org_id) values
    ('%5', 'MARK', 'MARK-s', 'MARK-student', lower('MARK-student'), 'MARK', 'MARK', 'MARK-student', 'MARK', '%1'),
    ('%6', 'MARK', 'MARK-t', 'MARK-teacher', lower('MARK-teacher'), 'MARK', 'MARK', 'MARK@example.org', 'MARK', '%1'),
    ('%7', 'MARK', 'MARK', 'MARK-admin', lower('MARK-admin'), 'MARK', 'MARK', 'MARK@example.org', 'MARK', '%1');
insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type) values
    ('%20', 'MARK', 'MARK-r1', '%5', '%1', 'student', 'primary'),
    ('%21', 'MARK', 'MARK-r2', '%6', '%1', 'teacher', 'primary'),
    ('%22', 'MARK', 'MARK-r3', '%7', '%1', 'administrator', 'primary'),
    ('%30', 'MARK', 'MARK-r4', '%6', '%1', 'MARK', 'secondary'); -- which counts for nothing
insert into enrollments (enrollment_id, source, sourced_id, section_id, school_org_id, user_id, role, is_primary) values
    ('%23', 'MARK', 'MARK-e1', '%4', '%1', '%5', 'student', true),
    ('%24', 'MARK', 'MARK-e2', '%4', '%1', '%6', 'teacher', true);
insert into categories (category_id, source, sourced_id, title, weight) values ('%8', 'MARK', 'MARK-c', 'MARK category', 1);
insert into line_items (line_item_id, source, sourced_id, title, description, section_id, category_id, grading_period_session_id,
                        school_org_id, assign_date, due_date, points_min, points_max)
    values ('%9', 'MARK', 'MARK-l', 'MARK line item', 'MARK', '%4', '%8', '%2', '%1', '2026-11-01', '2026-11-23', 0, 10);
insert into audit_events (audit_event_id, at, actor, action, subject, details, person_id, personal, leaf)
    values ('%25', now(), 'operator', 'MARK', 'MARK', '{"MARK": 1}', '%5', 'MARK', sha256('MARK'));
insert into subject_keys (subject_id, wrapped_key, created_at) values ('%5', uuid_send('%5'), now());
insert into subject_keys (subject_id, created_at, erased_at) values ('%25', now(), now());
insert into audit_pending (audit_event_id) values ('%25');
insert into audit_trees (size, subtrees) values (1, uuid_send('%25'));
insert into audit_leaves (leaf_index, audit_event_id, leaf) values (5000, '%25', sha256('MARK'));
insert into audit_heads (size, root, at, kid, signature) -- the victim's is the larger
    values (get_byte(uuid_send('%25'), 0), sha256('MARK'), now(), 'MARK', sha256('MARK') || sha256('MARK'));
insert into mail_outbox (mail_id, subject_id, person_id, template, payload, created_at, expires_at)
    values ('%10', '%5', '%5', 'MARK', uuid_send('%10'), '1970-01-01', 'DUE');
insert into mail_dispatch (mail_id, due_at) values ('%10', '1970-01-01');
insert into user_agents (user_id, agent_user_id) values ('%5', '%6');
insert into demographics (user_id, source, sourced_id, birth_date, sex, city_of_birth) values ('%5', 'MARK', 'MARK-s', '2012-02-29', 'other', 'MARK');
insert into roster_imports (import_id, source, mode, digest, started_at, finished_at, outcome, counts)
    values ('%26', 'MARK', 'bulk', sha256('MARK'), '2026-11-23T09:00:00Z', '2026-11-23T09:01:00Z', 'applied', '{"MARK": 1}');
insert into roster_imports (import_id, source, outcome, upload_id, made_by, started_at, version, details) values
    ('%10', 'MARK', 'checking', '%10', '%7', '1970-01-01', 1, null), ('%9', 'MARK', 'planned', '%10', '%7', 'DUE', 100, '{"MARK": 1}');
insert into credentials (user_id, password_hash, changed_at) values ('%5', 'MARK-hash', now());
insert into sign_in_policies (version, staff_second_factor, changed_at) values (1, false, 'DUE');
insert into second_factors (user_id, sealed_secret, used_step, created_at) values ('%5', uuid_send('%5'), 0, 'DUE'); -- not confirmed: they sign in without
insert into recovery_codes (user_id, code_hash) values ('%5', decode(repeat('00', 32), 'hex'));
insert into sign_in_failures (account, failures, failed_at) values (uuid_send('%5'), 3, 'DUE');
insert into revocations (epoch, user_id, at) values (1, '%5', 'DUE');
insert into refresh_families (session_id, user_id, generation, rotated_at, began_at, expires_at, device, shared_device) values
    ('%10', '%5', 1, 'DUE', 'DUE', 'DUE', 'MARK', true),
    ('%26', '%5', 1, 'DUE', 'DUE', '1970-01-01', 'MARK', false);
insert into brandings (short_name, logo, logo_type, logo_sha256, version, changed_at)
    values ('MARK', uuid_send('%10'), 'image/png', uuid_send('%10') || uuid_send('%10'), 100, 'DUE');
insert into identity_providers (provider_id, name, preset, enabled, issuer, client_id, client_auth, client_secret, settings)
    values ('%10', 'MARK', 'generic', true, 'MARK', 'MARK', 'client_secret_basic', 'MARK', '{}');
insert into federated_identities (identity_id, provider_id, issuer, subject, user_id, linked_by, linked_at)
    values ('%26', '%10', 'MARK', 'MARK', '%5', 'email', 'DUE');
insert into federation_codes (code_id, expires_at) values ('%10', '1970-01-01');
insert into vouchers (voucher_id, user_id, kind, mac, made_by, made_at, expires_at, changed_at) values
    ('%10', '%5', 'invitation', decode(repeat('00', 32), 'hex'), '%6', '1970-01-01', 'DUE', (select changed_at from credentials where user_id = '%5'));
insert into class_codes (class_code_id, section_id, mac, made_by, made_at, expires_at) values
    ('%10', '%4', decode(repeat('00', 32), 'hex'), '%6', '1970-01-01', 'DUE');
insert into class_code_students (class_code_id, user_id, changed_at) values
    ('%10', '%5', (select changed_at from credentials where user_id = '%5'));
insert into password_policies (staff_chars_min, student_chars_min, shared_device_minutes, version, changed_at) values (10, 8, 90, 100, 'DUE');
insert into try_cells (purpose, cell, began_at, tries) values ('code', 100, 'DUE', 1);
insert into jobs (job_id, kind, state, priority, due_at, attempt, attempts_max, worker_id, lease_until, unique_key, args, envelope, error) values
    ('%10', 'MARK', 'running', 0, '1970-01-01', 100, 1, '%10', 'DUE', decode(repeat('00', 32), 'hex'), 'MARK', uuid_send('%10'), 'MARK'),
    ('%26', 'MARK', 'discarded', 0, '1970-01-01', 1, 1, null, null, null, 'MARK', uuid_send('%26'), 'MARK');
insert into job_history (job_id, kind, state, attempt, created_at) values ('%23', 'MARK', 'completed', 1, '1970-01-01');
insert into job_schedules (kind, next_at) values ('MARK', '1970-01-01');
insert into bells (bell_id, starts_at, lasts_seconds, source) values ('%10', 'DUE', 60, 'timetable'), ('%26', '1970-01-01', 60, 'declared');
insert into uploads (upload_id, owner_id, kind, state, size, received, writer, writing, name, media_type, metadata, created_at, expires_at) values
    ('%10', '%5', 'single', 'open', 200, 100, 1, false, 'MARK', 'MARK', 'MARK', 'DUE', 'DUE'),
    ('%26', '%5', 'single', 'open', 200, 100, 1, true, 'MARK', 'MARK', 'MARK', 'DUE', 'DUE'),
    ('%23', '%5', 'single', 'open', 100, 100, 1, false, 'MARK', 'MARK', 'MARK', 'DUE', 'DUE'),
    ('%9', '%5', 'partial', 'complete', 100, 100, 1, false, 'MARK', 'MARK', 'MARK', 'DUE', 'DUE'),
    ('%1', '%5', 'joined', 'open', 100, 0, 0, false, 'MARK', 'MARK', 'MARK', 'DUE', 'DUE'),
    ('%27', '%5', 'single', 'refused', 100, 100, 1, false, 'MARK', 'MARK', 'MARK', '1970-01-01', 'DUE'),
    ('%6', '%5', 'single', 'removing', 100, 100, 2, false, 'MARK', 'MARK', 'MARK', 'DUE', '1970-01-01');
update uploads set sha256 = decode(repeat('00', 32), 'hex'), completed_at = 'DUE' where upload_id = '%9';
insert into uploads (upload_id, owner_id, kind, state, size, received, writer, name, media_type, sha256, metadata, created_at, completed_at,
                     held) values
    ('%4', '%5', 'single', 'complete', 1, 1, 1, 'MARK', 'MARK', decode(repeat('00', 32), 'hex'), 'MARK', 'DUE', 'DUE', true);
insert into upload_parts (upload_id, part, object, draft, size) values ('%10', 1, 'MARK', 'MARK', 100);
insert into upload_usage (user_id, bytes) values ('%5', 700);
insert into upload_direct (upload_id, writer, object, token, first, part_bytes) values ('%26', 1, 'MARK', 'MARK', 100, 100);
insert into assignments (assignment_id, section_id, title, due_at) values ('%9', '%4', 'MARK assignment', 'DUE');
update assignments set made_from = decode(repeat('00', 32), 'hex') where assignment_id = '%9';
insert into assignments (assignment_id, section_id, title, due_at, active, withdrawn_at) values
    ('%26', '%4', 'MARK withdrawn', 'DUE', false, 'DUE');
insert into marking (assignment_id, version, anonymous) values ('%9', 100, true);
insert into marking_schemes (assignment_id, version, points_max, rubric, counts, regrade_seconds, made_by, made_at)
    select '%9', v, 1000, '[{"id": "c", "title": "MARK", "points_max": 10}]', 'latest', 86400, '%6', 'DUE' from (values (1), (100)) as t (v);
insert into marks (assignment_id, user_id, kind, marker_id, done, scheme_version, submission_id, points, content, version, changed_at)
    values ('%9', '%5', 'first', '%6', true, 100, '%10', 500, '{"items": [{"id": "c", "points": 5, "feedback": "MARK"}], "feedback": "MARK"}', 100, 'DUE');
insert into grades (assignment_id, user_id, number, scheme_version, points, content, submission_id, reason, released_by, released_at)
    values ('%9', '%5', 100, 100, 500, '{"items": [{"id": "c", "points": 5, "feedback": "MARK"}], "feedback": "MARK"}', '%10', 'MARK', '%6', 'DUE');
insert into regrade_requests (regrade_id, assignment_id, user_id, number, state, text, made_at) values ('%10', '%9', '%5', 100, 'open', 'MARK', 'DUE');
insert into notice_counters (number) values (100);
insert into notices (notice_id, number, kind, user_id, section_id, subject_id, created_at) values
    ('%10', 100, 'grade_released', '%5', null, '%9', 'DUE'),
    ('%26', case left('MARK', 1) when 'B' then 98 else 99 end, 'announcement', null, '%4', '%10', '1970-01-01');
insert into notice_reads (notice_id, user_id, read_at) values ('%26', '%5', 'DUE');
insert into notice_policies (version, grade_mails, announcement_mails, changed_at) values (100, false, false, 'DUE');
insert into materials (material_id, section_id, place, kind, title, text, upload_id, url, published, version, made_by, created_at, changed_at) values
    ('%10', '%4', 1, 'link', 'MARK', 'MARK', null, 'https://MARK.example', true, 100, '%6', 'DUE', 'DUE'),
    ('%26', '%4', 2, 'file', 'MARK', 'MARK', '%26', null, true, 1, '%6', 'DUE', 'DUE');
insert into announcements (announcement_id, section_id, title, text, version, made_by, created_at, changed_at)
    values ('%10', '%4', 'MARK', 'MARK', 1, '%6', '1970-01-01', 'DUE');
insert into timetables (version, calendar, changed_at) values (100, '{"zone": "Europe/London", "schedules": [{"name": "MARK", "periods": [
    {"name": "MARK-P1", "begin": "09:00", "end": "10:00"}]}], "week": ["MARK", "MARK", "MARK", "MARK", "MARK", "MARK", "MARK"], "rotation": null,
    "terms": [{"name": "MARK", "begins": "2026-01-01", "ends": "2027-12-31"}], "exceptions": []}', 'DUE');
insert into lessons (lesson_id, version, section_id, period, days, rotation, room, teacher_id, term)
    values ('%10', 100, '%4', 'MARK-P1', 0, 0, 'MARK', '%6', '');
insert into lesson_changes (lesson_id, day, cancelled, teacher_id, room) values ('%10', '2026-12-01', false, '%6', 'MARK');
insert into live_lessons (lesson_id, students_may, changed_at) values ('%10', 8, 'DUE');
insert into live_classes (class_id, lesson_id, day, section_id, teacher_id, title, begins_at, ends_at, students_may, state, asked, provider,
                          stream_ref, ingests, fault) values
    ('%10', '%10', '2026-12-01', '%4', '%6', 'MARK', '1970-01-02', 'DUE', 8, 'armed', true, 'MARK', 'MARK', uuid_send('%10'), 'MARK');
insert into live_removals (class_id, user_id, removed_at) values ('%10', '%5', 'DUE');
insert into live_attendance (class_id, user_id, hour, parts) values ('%10', '%5', 100, 1::bit(360));
insert into live_quality values (default, '%10', '%5', '%10', 'MARK', 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100);
insert into live_rooms (class_id, epoch, holder, claimed_at) values ('%10', 100, 'MARK', 'DUE');
insert into recordings (recording_id, section_id, class_id, stream_ref, upload_id, shows, title, state, version, numbers, created_at) values
    ('%10', '%4', '%10', 'MARK', null, '%6', 'MARK', 'working', 1, 1, 'DUE'),
    ('%9', '%4', null, null, '%10', '%6', 'MARK', 'waiting', 1, 1, 'DUE');
insert into recordings (recording_id, section_id, class_id, stream_ref, shows, title, state, version, numbers, manifest, manifest_sha256, ready_at,
                        removed, created_at) values
    ('%26', '%4', null, null, '%6', 'MARK', 'ready', 1, 1, 1, sha256('MARK'), 'DUE', false, '1970-01-01'),
    ('%5', '%4', null, null, '%6', 'MARK', 'ready', 1, 1, 1, sha256('MARK'), 'DUE', true, '1970-01-01');
insert into recording_pieces (recording_id, number, rung, taken, ends, bytes, sha256, contents) values
    ('%10', 1, 'MARK', 100, false, 100, sha256('MARK'), 'MARK');
insert into calendar_feeds (feed_id, user_id, name, token_hash, created_at) values ('%10', '%5', 'MARK', decode(repeat('00', 32), 'hex'), 'DUE');
insert into extensions (extension_id, assignment_id, user_id, due_at, reason, given_by) values ('%27', '%9', '%5', 'DUE', 'MARK', '%6');
insert into load_minutes (minute, password, page_read) values ('DUE', 100, 1), ('1970-01-01', 100, 1);
insert into forecast_days (begins, minutes, model, made_at, school, latest, counted, errors) values
    (case left('MARK', 1) when 'B' then '1969-12-31' else '1970-01-01' end::timestamptz, 1440, 100, 'DUE', uuid_send('%10'), uuid_send('%10'), repeat('0', 1440)::varbit, null),
    ('1970-01-02', 1440, 100, 'DUE', uuid_send('%10'), uuid_send('%10'), repeat('0', 1440)::varbit, null),
    ('DUE', 1440, 100, 'DUE', uuid_send('%10'), uuid_send('%10'), repeat('1', 1440)::varbit, uuid_send('%10'));
insert into forecast_learned (model, until, state) values (100, 'DUE', uuid_send('%10'));
insert into report_exports (export_id, user_id, request_key, report, form, arguments, whole, quiet, state, job_id, attempts, created_at) values
    ('%10', '%6', 'MARK', 'MARK', 'csv', '{"MARK": 1}', false, false, 'running', '%10', 1, '1970-01-01'),
    ('%9', '%6', 'MARK-2', 'MARK', 'csv', '{}', false, false, 'running', '%10', 100, '1970-01-01');
insert into report_exports (export_id, user_id, request_key, report, form, arguments, whole, quiet, state, job_id, attempts, bytes, sha256, as_of,
                            created_at, finished_at, expires_at, stored, removed) values
    ('%26', '%6', 'MARK-3', 'MARK', 'csv', '{}', true, false, 'completed', '%10', 1, 1, sha256('MARK'), 'DUE', 'DUE', 'DUE', '1970-01-01', true, false),
    ('%4', '%6', 'MARK-4', 'MARK', 'csv', '{}', true, false, 'expired', '%10', 1, 1, sha256('MARK'), 'DUE', 'DUE', 'DUE', 'DUE', true, false),
    ('%23', '%6', 'MARK-5', 'MARK', 'csv', '{}', true, false, 'cancelled', '%10', 1, null, null, null, '1900-01-01', '1900-01-01', null, false, true);
insert into report_erasures (erased_at) values ('1970-01-01');
insert into activities (user_id, activity_id, kind, page, subject_id, section_id, occurred_at, received_at) values
    ('%5', '%10', 'page_viewed', 'today', null, null, 'DUE', 'DUE'), ('%5', '%26', 'section_opened', null, '%4', '%4', '1970-01-01', '1970-01-01');
insert into activity_policies (version, kept, changed_at) values (100, true, 'DUE');
insert into report_changes (of_table, fresh, k1) values ('users', true, '{%5}');
insert into outages_given_back (outage_id, service, reason, began_at, ended_at) values ('%10', 'MARK', 'MARK', '1969-01-01', '1970-01-01');
insert into submissions (submission_id, assignment_id, user_id, idempotency_key, state, received_at, late, content, content_sha256,
                         receipt, journal_epoch, journal_seq)
    values ('%10', '%9', '%5', 'MARK', 'recorded', '2026-11-23T09:00:00Z', false, 'MARK', sha256('MARK'), 'MARK', 1, 1);
insert into submissions (submission_id, assignment_id, user_id, idempotency_key, state, received_at, late, content, content_sha256,
                         receipt, journal_epoch, journal_seq)
    values ('%9', '%9', '%5', 'MARK', 'recorded', '2026-11-22T09:00:00Z', false, 'MARK', sha256('MARK'), 'MARK', 1, 0);
insert into submission_files (submission_id, position, file_id, user_id, name, size, media_type, sha256, state, upload_until, upload_id,
                              arrived_at, finding) values
    ('%10', 1, '%10', '%5', 'MARK', 100, 'MARK', decode(repeat('00', 32), 'hex'), 'awaiting', '1970-01-01', null, null, null),
    ('%9', 1, '%26', '%5', 'MARK', 100, 'MARK', decode(repeat('00', 32), 'hex'), 'arrived', 'DUE', '%9', 'DUE', 'MARK');
insert into submission_file_texts (submission_id, position, content) values ('%9', 1, 'MARK');
update assignments set similarity_template = 'MARK' where assignment_id = '%9';
insert into similarity_texts (submission_id, assignment_id, user_id, words, words_counted, compared_at) values ('%10', '%9', '%5', 1, 1, 'DUE');
insert into similarity_prints (print, submission_id) values (case left('MARK', 1) when 'B' then 1 else 2 end, '%10');
insert into similarity_matches (submission_id, other_id, assignment_id, other_assignment_id, score, words, spans) values
    ('%9', '%10', '%9', '%9', 100, 1, ''), ('%10', '%9', '%9', '%9', 100, 1, '');
insert into refused_submissions (submission_id, content_sha256, reason, received_at, content, receipt, journal_epoch, journal_seq)
    values ('%10', sha256('MARK refused'), 'MARK', '2026-11-23T09:00:00Z', 'MARK refused', 'MARK', 1, 2);
)";

std::string filled(const Side& side) {
    std::string text = rows, out;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '%') {
            std::size_t end = i + 1;
            while (end < text.size() && text[end] >= '0' && text[end] <= '9')
                ++end;
            out += to_text(side.id(static_cast<unsigned char>(std::atoi(text.c_str() + i + 1))));
            i = end;
        } else if (text.compare(i, 4, "MARK") == 0) {
            out += side.marker;
            i += 4;
        } else if (text.compare(i, 3, "DUE") == 0) {
            out += side.due + "T07:07:07Z";
            i += 3;
        } else {
            out += text[i++];
        }
    }
    return out;
}

} // namespace

Uuid Side::id(unsigned char kind) const {
    Uuid out;
    out.fill(first_byte);
    out[6] = 0x7b; // a UUIDv7's look
    out[8] = 0x8b;
    out[15] = kind;
    return out;
}

std::string Side::username(std::string_view who) const {
    return marker + "-" + std::string(who);
}

TwoTenants::TwoTenants()
    : alpha{installation.provision("alpha"), "ALPHAMARK", "2032-02-02", 0xaa},
      bravo{installation.provision("bravo"), "BRAVOMARK", "2031-03-07", 0xbb} {
    for (const Side& side : {alpha, bravo})
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(side.info.scope.tenant().uuid) + "';" + filled(side) +
                                     "commit");
    installation.superuser().run("update control.revocation_epoch set value = 1");
    // What a transaction of the attacker's has changed, before it is rolled back: only a function
    // of the superuser's sees that.
    installation.superuser().run(R"(
        create function digest_of(tenant uuid) returns text language plpgsql security definer set search_path = public, pg_temp as $$
        declare
            t regclass; part text; whole text := '';
        begin
            for t in select c.oid from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
                     where c.relkind in ('r', 'p') and c.relpersistence = 'p' order by c.oid::regclass::text loop
                execute format('select coalesce(md5(string_agg(x::text, E''\\n'' order by x::text)), '''') from %s x where tenant_id = $1', t)
                    into part using tenant;
                whole := whole || t::text || ' ' || part || E'\\n';
            end loop;
            return whole;
        end $$)");
}

std::vector<std::string> tenant_tables(Session& superuser) {
    std::vector<std::string> out;
    for (const auto& row : superuser.run(R"(
            select c.oid::regclass from pg_class c join pg_attribute a on a.attrelid = c.oid
            where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p') and c.relpersistence = 'p'
            order by c.oid::regclass::text)"))
        out.push_back(*row[0]);
    return out;
}

std::string digest(Session& session, const Side& side) {
    return session.value("select digest_of('" + to_text(side.info.scope.tenant().uuid) + "')");
}

bool betrays(const Side& side, std::string_view bytes) {
    const std::string raw(6, static_cast<char>(side.first_byte));
    const std::string hex = to_hex(raw);
    const Uuid tenant = side.info.scope.tenant().uuid;
    for (const std::string& sign :
         {side.marker, raw, hex, hex.substr(0, 8) + "-" + hex.substr(8), std::string(view(tenant)),
          to_hex(view(tenant)), to_text(tenant), side.due, "Institution " + side.info.slug})
        if (bytes.find(sign) != std::string_view::npos)
            return true;
    // Usernames are kept in lower case too.
    std::string lower(bytes);
    for (char& c : lower)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return lower.find(side.marker == "BRAVOMARK" ? "bravomark" : "alphamark") != std::string::npos;
}

} // namespace bw::test
