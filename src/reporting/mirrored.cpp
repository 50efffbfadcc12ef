#include "reporting/mirrored.hpp"

#include <algorithm>
#include <array>

namespace bw::reporting {

namespace {

using enum ColumnType;
constexpr bool nullable = true;

// The zone says what a day is.
constexpr MirroredColumn tenants_columns[] = {
    {"tenant_id", uuid},
    {"state", text},
    {"zone", text},
    {"generation", int8},
};

constexpr MirroredColumn orgs_columns[] = {
    {"tenant_id", uuid}, {"org_id", uuid}, {"status", text},
    {"name", text},      {"type", text},   {"parent_org_id", uuid, nullable},
};

constexpr MirroredColumn academic_sessions_columns[] = {
    {"tenant_id", uuid},
    {"academic_session_id", uuid},
    {"status", text},
    {"title", text},
    {"type", text},
    {"start_date", date},
    {"end_date", date},
    {"school_year", text, nullable},
    {"parent_session_id", uuid, nullable},
};

constexpr MirroredColumn courses_columns[] = {
    {"tenant_id", uuid},
    {"course_id", uuid},
    {"status", text},
    {"title", text},
    {"course_code", text, nullable},
    {"org_id", uuid},
    {"school_year_session_id", uuid, nullable},
};

constexpr MirroredColumn sections_columns[] = {
    {"tenant_id", uuid}, {"section_id", uuid},           {"status", text},
    {"title", text},     {"class_code", text, nullable}, {"class_type", text},
    {"course_id", uuid}, {"school_org_id", uuid},
};

constexpr MirroredColumn section_terms_columns[] = {
    {"tenant_id", uuid},
    {"section_id", uuid},
    {"academic_session_id", uuid},
};

constexpr MirroredColumn users_columns[] = {
    {"tenant_id", uuid},
    {"user_id", uuid},
    {"status", text},
    {"primary_org_id", uuid, nullable},
};

constexpr MirroredColumn user_roles_columns[] = {
    {"tenant_id", uuid},
    {"user_role_id", uuid},
    {"status", text},
    {"user_id", uuid},
    {"org_id", uuid},
    {"role", text},
    {"begin_date", date, nullable},
    {"end_date", date, nullable},
};

constexpr MirroredColumn enrollments_columns[] = {
    {"tenant_id", uuid},
    {"enrollment_id", uuid},
    {"status", text},
    {"section_id", uuid},
    {"school_org_id", uuid},
    {"user_id", uuid},
    {"role", text},
    {"is_primary", boolean},
    {"begin_date", date, nullable},
    {"end_date", date, nullable},
};

constexpr MirroredColumn categories_columns[] = {
    {"tenant_id", uuid}, {"category_id", uuid},        {"status", text},
    {"title", text},     {"weight", float8, nullable},
};

constexpr MirroredColumn line_items_columns[] = {
    {"tenant_id", uuid},
    {"line_item_id", uuid},
    {"status", text},
    {"section_id", uuid},
    {"category_id", uuid, nullable},
    {"grading_period_session_id", uuid, nullable},
    {"points_min", float8, nullable},
    {"points_max", float8, nullable},
};

constexpr MirroredColumn assignments_columns[] = {
    {"tenant_id", uuid},
    {"assignment_id", uuid},
    {"section_id", uuid},
    {"title", text},
    {"due_at", timestamptz},
    {"active", boolean},
    {"kind", text},
    {"opens_at", timestamptz, nullable},
    {"late_seconds_limit", int8, nullable},
    {"identities_hidden", boolean},
    {"withdrawn_at", timestamptz, nullable},
};

constexpr MirroredColumn extensions_columns[] = {
    {"tenant_id", uuid},       {"extension_id", uuid},
    {"assignment_id", uuid},   {"user_id", uuid, nullable},
    {"due_at", timestamptz},   {"attempts_extra", int4},
    {"given_at", timestamptz}, {"revoked_at", timestamptz, nullable},
};

constexpr MirroredColumn submissions_columns[] = {
    {"tenant_id", uuid},
    {"submission_id", uuid},
    {"assignment_id", uuid},
    {"user_id", uuid},
    {"state", text},
    {"reason", text, nullable},
    {"received_at", timestamptz},
    {"late", boolean},
    {"recorded_at", timestamptz},
    {"kind", text},
};

constexpr MirroredColumn submission_files_columns[] = {
    {"tenant_id", uuid},
    {"submission_id", uuid},
    {"position", int4},
    {"user_id", uuid},
    {"size", int8},
    {"media_type", text},
    {"state", text},
    {"upload_until", timestamptz},
    {"arrived_at", timestamptz, nullable},
};

constexpr MirroredColumn marking_columns[] = {
    {"tenant_id", uuid},
    {"assignment_id", uuid},
    {"version", int8},
    {"anonymous", boolean},
    {"opened_at", timestamptz, nullable},
};

constexpr MirroredColumn marking_schemes_columns[] = {
    {"tenant_id", uuid},  {"assignment_id", uuid}, {"version", int8},
    {"points_max", int8}, {"counts", text},        {"made_at", timestamptz},
};

// What markers wrote and have not told: reports of work to be marked. Students are told grades.
constexpr MirroredColumn marks_columns[] = {
    {"tenant_id", uuid},
    {"assignment_id", uuid},
    {"user_id", uuid},
    {"kind", text},
    {"done", boolean},
    {"scheme_version", int8},
    {"submission_id", uuid, nullable},
    {"points", int8, nullable},
    {"changed_at", timestamptz},
};

constexpr MirroredColumn grades_columns[] = {
    {"tenant_id", uuid},
    {"assignment_id", uuid},
    {"user_id", uuid},
    {"number", int8},
    {"scheme_version", int8},
    {"points", int8},
    {"submission_id", uuid, nullable},
    {"released_at", timestamptz},
};

constexpr MirroredColumn regrade_requests_columns[] = {
    {"tenant_id", uuid},      {"regrade_id", uuid},
    {"assignment_id", uuid},  {"user_id", uuid},
    {"number", int8},         {"state", text},
    {"made_at", timestamptz}, {"ended_at", timestamptz, nullable},
};

// Sign-ins and when they were last heard of; rows go when they have run out.
constexpr MirroredColumn refresh_families_columns[] = {
    {"tenant_id", uuid},
    {"session_id", uuid},
    {"user_id", uuid},
    {"rotated_at", timestamptz},
    {"began_at", timestamptz},
    {"expires_at", timestamptz},
    {"revoked_at", timestamptz, nullable},
    {"shared_device", boolean},
};

// Sign-ins beyond that, and who did what kind of thing when; without subjects and details.
constexpr MirroredColumn audit_events_columns[] = {
    {"tenant_id", uuid}, {"audit_event_id", uuid}, {"at", timestamptz},
    {"actor", text},     {"action", text},
};

constexpr MirroredColumn upload_usage_columns[] = {
    {"tenant_id", uuid},
    {"user_id", uuid},
    {"bytes", int8},
};

// What load came, minute by minute.
constexpr MirroredColumn load_minutes_columns[] = {
    {"tenant_id", uuid},  {"minute", timestamptz}, {"password", int8},
    {"refresh", int8},    {"provider", int8},      {"page_read", int8},
    {"submission", int8}, {"live_join", int8},     {"job", int8},
};

// What people opened.
constexpr MirroredColumn activities_columns[] = {
    {"tenant_id", uuid},
    {"user_id", uuid},
    {"activity_id", uuid},
    {"kind", text},
    {"page", text, nullable},
    {"subject_id", uuid, nullable},
    {"section_id", uuid, nullable},
    {"occurred_at", timestamptz},
    {"received_at", timestamptz},
};

constexpr MirroredTable tables[] = {
    {"control", "tenants", tenants_columns, 1},
    {"public", "orgs", orgs_columns, 2},
    {"public", "academic_sessions", academic_sessions_columns, 2},
    {"public", "courses", courses_columns, 2},
    {"public", "sections", sections_columns, 2},
    {"public", "section_terms", section_terms_columns, 3},
    {"public", "users", users_columns, 2},
    {"public", "user_roles", user_roles_columns, 2},
    {"public", "enrollments", enrollments_columns, 2},
    {"public", "categories", categories_columns, 2},
    {"public", "line_items", line_items_columns, 2},
    {"public", "assignments", assignments_columns, 2},
    {"public", "extensions", extensions_columns, 2},
    {"public", "submissions", submissions_columns, 2},
    {"public", "submission_files", submission_files_columns, 3},
    {"public", "marking", marking_columns, 2},
    {"public", "marking_schemes", marking_schemes_columns, 3},
    {"public", "marks", marks_columns, 4},
    {"public", "grades", grades_columns, 4},
    {"public", "regrade_requests", regrade_requests_columns, 2},
    {"public", "refresh_families", refresh_families_columns, 2},
    {"public", "audit_events", audit_events_columns, 2},
    {"public", "upload_usage", upload_usage_columns, 2},
    {"public", "load_minutes", load_minutes_columns, 2},
    {"public", "activities", activities_columns, 3},
};

struct TypeNames {
    ColumnType type;
    std::string_view postgres, store;
};

constexpr TypeNames type_names[] = {
    {boolean, "boolean", "BOOLEAN"},
    {int4, "integer", "INTEGER"},
    {int8, "bigint", "BIGINT"},
    {float8, "double precision", "DOUBLE"},
    {text, "text", "VARCHAR"},
    {bytea, "bytea", "BLOB"},
    {uuid, "uuid", "UUID"},
    {date, "date", "DATE"},
    {timestamptz, "timestamp with time zone", "TIMESTAMP WITH TIME ZONE"},
};

const TypeNames& names_of(ColumnType type) {
    return *std::ranges::find(type_names, type, &TypeNames::type);
}

} // namespace

std::span<const MirroredTable> mirrored_tables() {
    return tables;
}

const MirroredTable* mirrored_table(std::string_view schema, std::string_view name) {
    const auto* found = std::ranges::find_if(
        tables, [&](const MirroredTable& t) { return t.schema == schema && t.name == name; });
    return found == std::end(tables) ? nullptr : found;
}

std::string_view postgres_name(ColumnType type) {
    return names_of(type).postgres;
}

std::string_view store_name(ColumnType type) {
    return names_of(type).store;
}

std::string store_columns(const MirroredTable& table) {
    std::string out;
    for (const MirroredColumn& column : table.columns) {
        out += out.empty() ? "" : ", ";
        out += '"' + std::string(column.name) + "\" " + std::string(store_name(column.type));
        out += column.nullable ? "" : " NOT NULL";
    }
    return out;
}

} // namespace bw::reporting
