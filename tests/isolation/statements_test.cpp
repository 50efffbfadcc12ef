// Every named statement of the program, run by one institution with the other's ids, names and keys
// as parameters. Parameters come from their types, so a new statement is attacked without anybody
// thinking of it; one that touches no tenant's rows must be listed here with the reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "all_statements.hpp"
#include "two_tenants.hpp"

namespace bw::test {

/// In the names that GoogleTest prints.
static void PrintTo(const StatementFile& file, std::ostream* out) {
    *out << file.name;
}

namespace {

const std::map<std::string_view, const char*> not_attacked = {
    {"pg_", "the book of migrations and the replica: as superuser, no tenant's"},
    {"app_connections", "how many connections the server has left: no tenant, no content"},
    {"tenancy_",
     "the control plane and the way into a scope: tenancy's own tests and the catalogue test"},
    {"roster_lock_roster", "takes a lock named after the scope's tenant, reads no row"},
    {"roster_lock_granted_roles", "the same"},
    {"roster_tune_transaction", "sets limits of the transaction, reads no row"},
    {"roster_stage_", "makes an empty temporary table; run before each step of an import"},
    {"roster_copy_", "fills a temporary table from outside; the steps are attacked with such "
                     "tables filled with the other's ids"},
    {"roster_analyze_", "looks at temporary tables alone"},
    {"roster_twice", "looks at temporary tables alone"},
    {"roster_usernames_twice", "looks at temporary tables alone"},
    {"roster_astray_", "looks at temporary tables alone"},
    {"roster_circles_", "looks at temporary tables alone"},
    {"roster_tally", "looks at temporary tables alone"},
    {"roster_examples", "looks at temporary tables alone"},
    {"roster_fingerprint", "looks at temporary tables alone"},
    {"roster_ignore_roles_of_ignored_users", "looks at temporary tables alone"},
    {"roster_unstage", "drops the temporary tables"},
    {"roster_begin_run", "writes one row whose tenant is the scope's by default, of words that a "
                         "check knows"},
    {"activity_wait_for_recorders", "takes a lock, reads no row"},
    {"attendance_wait_for_recorders", "takes a lock, reads no row"},
    {"recording_cursor_", "the recorder's position: no tenant, no content"},
    {"auth_announce_bells", "a door: that the scope's own tenant has changed; reads no row"},
    {"timetable_announce_timetable_bells", "the same"},
    {"auth_failures_since", "a door: keyed hashes and counts"},
    {"auth_forget_failures", "a door: what is over an hour old"},
    {"live_lead", "a door: who carries plans out; no tenant's rows"},
    {"live_resign", "the same"},
    {"live_institutions", "a door: which institutions have live lessons, ids alone"},
    {"live_classes_between", "a door: which classes there are, ids and versions alone"},
    {"packs_changes_since", "a door: whose pages have changed, ids alone"},
    {"packs_forget_changes", "a door: what every process has heard of"},
    {"reporting_outbox_", "doors of the outbox: snapshots, and ids of rows that have changed; and "
                          "the server's account of itself"},
    {"audit_pending_tenants", "a door: which tenants have events that are in no tree yet"},
    {"mail_due", "a door: which mails are due, ids alone"},
    {"jobs_beat", "a door: that a worker lives; no tenant's rows"},
    {"jobs_claim", "a door: routes jobs to workers, ids alone"},
    {"jobs_release", "a door: hands back what the worker itself claimed, by ids"},
    {"jobs_rescue", "a door: what lost its worker, ids alone"},
    {"jobs_held", "a door: of the worker's own jobs, ids alone"},
    {"jobs_schedules_due", "a door: which institutions have something due, ids alone"},
    {"jobs_backlog", "a door: counts by kind"},
    {"jobs_decide", "an operator's door: about a kind, no tenant's rows"},
    {"jobs_overview", "an operator's door: counts by kind"},
    {"jobs_workers", "an operator's door: no tenant's rows"},
    {"jobs_all_dead_letters", "an operator's door: jobs' operations_test and the catalogue test"},
    {"jobs_redrive_all", "the same"},
    {"jobs_forget", "a door: empties the table of a day that is over"},
    {"exports_lock_asker", "takes a lock named after the scope's tenant, reads no row"},
    {"exports_lock_erasures", "takes a lock named after the scope's tenant, reads no row"},
    {"exports_make_export",
     "writes one row whose tenant is the scope's by default, of words that a "
     "check knows"},
    {"recordings_add_recording",
     "writes one row whose tenant is the scope's by default, into a section of the scope's"},
    {"fairness_beat", "a door: which services work; no tenant's rows"},
    {"fairness_outages_due", "a door: which institutions are to be settled with, ids alone"},
    {"fairness_watched", "an operator's door: which services work; no tenant's rows"},
    {"fairness_latest_outages", "an operator's door: spans; no tenant's rows"},
    {"fairness_declare", "an operator's door: no tenant's rows"},
    {"submissions_wait_for_recorders", "takes a lock, reads no row"},
    {"submissions_plan_", "how statements are planned; reads no row"},
    {"recording_set_aside", "positions that the recorder skipped: no tenant, no content"},
};
/// Attacked, but without row-level security nothing would be lost either: the reasons.
const std::map<std::string_view, const char*> harmless_by_itself = {
    {"audit_insert_event", "writes one row whose tenant is the scope's by default"},
    {"audit_insert_personal_event", "the same"},
    {"audit_make_tree", "the same"},
    {"audit_insert_leaves", "the same"},
    {"audit_insert_head", "the same"},
    {"audit_make_subject_key", "the same"},
    {"audit_erase_subject_key", "conflicts on keys led by the scope's tenant"},
    {"mail_enqueue", "writes one row whose tenant is the scope's by default"},
    {"jobs_enqueue", "conflicts on keys led by the scope's tenant"},
    {"jobs_begin_schedule", "the same"},
    {"submissions_make_assignment", "refers to the section by the scope's tenant"},
    {"jobs_ahead", "counts alone"},
    {"pipeline_texts_of_assignment", "counts alone"},
    {"accounts_count_try", "conflicts on keys led by the scope's tenant"},
    {"accounts_set_password_policy", "the same"},
    {"accounts_make_class_code", "writes one row whose tenant is the scope's by default"},
    {"accounts_not_invitable",
     "counts alone; accounts_uninvited, with the same condition, leaks ids"},
    {"files_take_room", "conflicts on keys led by the scope's tenant"},
    {"files_create_upload", "writes one row whose tenant is the scope's by default"},
    {"files_room_taken", "a sum alone"},
    {"files_count_uploads", "counts alone"},
    {"files_room_of", "a number alone"},
    {"files_has_open_uploads", "yes or no"},
    {"submissions_declare_files",
     "asks for the hash of what was handed in, which the attacker does not have"},
    {"submissions_is_compared", "yes or no"},
    {"activity_record", "counts alone; writes rows whose tenant is the scope's by default"},
    {"attendance_attendance", "nobody comes after themselves"},
    {"attendance_forget_old_", "no class of the sample has ended"},
    {"attendance_add_", "conflict on keys led by the scope's tenant"},
    {"activity_change_policy", "conflicts on a key led by the scope's tenant"},
    {"federation_create_provider", "writes one row whose tenant is the scope's by default"},
    {"federation_use_code", "the same"},
    {"roster_make_newcomers_org", "the same"},
    {"roster_teaches", "yes or no; its ids are of two institutions, which share no section"},
    {"roster_add_newcomer", "the same"},
    {"roster_make_granting_org", "the same"},
    {"roster_others_have_role", "yes or no"},
    {"institution_change_branding", "conflicts on a key led by the scope's tenant"},
    {"institution_put_logo", "the same"},
    {"institution_begin_import", "writes one row whose tenant is the scope's by default; nothing "
                                 "is old enough to be forgotten"},
    {"institution_active_sections",
     "a page begins behind a section, and the sample has one a side"},
    {"institution_end_applying", "no import of the sample is being applied"},
    {"auth_put_bell", "conflicts on keys led by the scope's tenant"},
    {"auth_change_policy", "conflicts on a key led by the scope's tenant"},
    {"notices_change_policy", "the same"},
    {"timetable_begin_timetable", "the same"},
    {"timetable_put_timetable_bells", "conflicts on keys led by the scope's tenant"},
    {"timetable_timetable_version", "a number alone"},
    {"timetable_lock_timetable", "the same"},
    {"timetable_bells_are_due", "a number alone"},
    {"timetable_sections_unknown", "a place in what was sent"},
    {"timetable_teachers_unknown", "the same"},
    {"timetable_put_lessons", "refers to sections by the scope's tenant"},
    {"timetable_remove_lesson_changes", "no day of the sample lies in the attack's 1970"},
    {"timetable_sections_that_share_students", "nobody of the sample attends two sections"},
    {"live_live_lesson", "numbers alone"},
    {"rooms_room_is_held", "who guesses the epoch, hears a process's name"},
    {"live_forget_removals", "no class of the sample was over by the attack's 1970"},
    {"live_put_classes", "refers to sections by the scope's tenant"},
    {"live_classes_of_person", "no class of the sample begins in a span without length"},
    {"recordings_count_of_section", "counts alone"},
    {"recordings_is_put_out", "yes or no"},
    {"recordings_upload_is_used", "yes or no"},
    {"recordings_states_of_streams", "no stream of the sample is done with"},
    {"recordings_classes_without", "no class of the sample names a recording"},
    {"recordings_classes_to_record", "no class of the sample has ended"},
    {"notices_tell_section", "conflicts on keys led by the scope's tenant"},
    {"notices_count_unread", "counts alone"},
    {"exports_count_open", "counts alone"},
    {"exports_count_kept", "a count and a sum alone"},
    {"exports_last_erasure", "a moment alone"},
    {"exports_note_erasure", "conflicts on a key led by the scope's tenant"},
    {"content_add_material", "writes one row whose tenant is the scope's by default"},
    {"content_add_announcement", "the same"},
    {"content_upload_is_used", "yes or no"},
    {"auth_add_failures", "the same"},
    {"auth_lift_failures", "the same"},
    {"auth_use_step", "asks for the sealed secret, which the attacker does not have"},
    {"auth_revive", "writes rows whose tenant is the scope's by default"},
    {"roster_ignore_", "compares times and deletes from temporary tables alone"},
    {"roster_plan_demographics", "takes its ids from temporary tables alone"},
    {"roster_plan_section_terms", "takes its ids from temporary tables alone"},
    {"roster_plan_user_agents", "takes its ids from temporary tables alone"},
    {"forecast_add_minutes", "conflicts on keys led by the scope's tenant"},
    {"forecast_counted_about", "a day's begin, and bits"},
    {"forecast_count_jobs", "the same; counts alone"},
    {"forecast_keep_day", "conflicts on keys led by the scope's tenant"},
    {"forecast_keep_learned", "the same"},
    {"forecast_people", "counts alone"},
    {"forecast_students_of", "counts alone"},
    {"forecast_provides", "yes or no"},
    {"fairness_begin_settling", "conflicts on keys led by the scope's tenant"},
    {"submissions_due_spans", "nothing of the sample was due in the attack's 1970"},
    {"submissions_replace_extensions", "asks for an extension's id, which the attack has not"},
    {"submissions_give_back", "writes rows whose tenant is the scope's by default"},
    {"submissions_lateness_follows", "no extension of the sample names an outage"},
    {"submissions_record", "conflicts on keys led by the scope's tenant"},
};

const char* listed(const std::map<std::string_view, const char*>& list, std::string_view name) {
    for (const auto& [prefix, reason] : list)
        if (prefix.ends_with('_') ? name.starts_with(prefix) : name == prefix)
            return reason;
    return nullptr;
}

std::vector<pg::Statement> attacked(const StatementFile& file) {
    std::vector<pg::Statement> out;
    for (const pg::Statement& statement : file.statements)
        if (!listed(not_attacked, statement.name()))
            out.push_back(statement);
    return out;
}

struct Outcome {
    std::string leaked; // what came back, empty if nothing
    bool wrote = false; // changed the victim's rows
    bool stopped_by_key = false, ran = false;
    std::string last_error;
    bool found() const { return wrote || !leaked.empty() || stopped_by_key; }
};

class Attack {
public:
    Attack(TwoTenants& world, bool scoped)
        : world_(world), scoped_(scoped), session_(world.installation.conninfo()),
          victim_before_(digest(session_, world.bravo)) {
        session_.run("set timezone = 'UTC'");
    }

    Outcome run(const pg::Statement& statement) {
        Outcome outcome;
        const bool imports = needs_staging(statement);
        for (const bool fresh : {false, true})
            if (!fresh || imports)
                for (const auto& parameters : choices(statement))
                    attempt(statement, parameters, fresh, outcome);
        return outcome;
    }

private:
    void begin(const pg::Statement& statement, bool fresh) {
        session_.run("begin");
        if (scoped_)
            session_.run("select scope_enter('" + to_text(world_.alpha.info.scope.tenant().uuid) +
                         "', 1)");
        if (needs_staging(statement))
            stage(statement, fresh);
    }

    static bool needs_staging(const pg::Statement& statement) {
        const std::string_view text = statement.text();
        return text.find("staged_") != text.npos || text.find("target_") != text.npos ||
               text.find("planned_") != text.npos;
    }
    /// Steps that apply a plan are given one that names the victim's rows by id; all others find
    /// rows by sourcedId, and the plan they make must hold none of the victim's ids.
    static bool applies(const pg::Statement& statement) {
        return std::string_view(statement.name()).starts_with("roster_apply_");
    }

    static bool is_link(std::string_view name) {
        return name.ends_with("_section_terms") || name.ends_with("_user_agents");
    }
    static std::string table_made_by(const pg::Statement& statement) {
        std::string_view name = statement.name();
        constexpr std::string_view prefix = "roster_stage_";
        if (!name.starts_with(prefix))
            return {};
        name.remove_prefix(prefix.size());
        return (name.starts_with("target_") || name.starts_with("planned_") ? "" : "staged_") +
               std::string(name);
    }

    /// The temporary tables of an import, each with one row that names the victim's rows.
    void stage(const pg::Statement& attacked, bool fresh) {
        for (const StatementFile& file : all_statement_files())
            for (const pg::Statement& statement : file.statements)
                if (const std::string table = table_made_by(statement);
                    !table.empty() &&
                    std::string_view(attacked.text()).find(table) != std::string_view::npos)
                    session_.run(statement.text());
        const bool of_links = is_link(attacked.name());
        for (const auto& row : session_.run(
                 "select relname from pg_class where relpersistence = 't' and relkind = 'r' and "
                 "pg_table_is_visible(oid) order by relname")) {
            const std::string& table = *row[0];
            const bool link = is_link(table);
            const bool plan = table.starts_with("planned_");
            if (plan != applies(attacked))
                continue; // nothing is planned yet, or all that is needed
            if (link && fresh && !plan)
                continue; // a package that drops the victim's links
            if (table == "staged_user_roles" && fresh &&
                std::string_view(attacked.name()) == "roster_plan_gone_roles_of_users")
                continue; // or a user's roles
            std::string values;
            for (const auto& column : session_.run(
                     "select attname, atttypid::regtype from pg_attribute where attrelid = '" +
                     table + "'::regclass and attnum > 0 order by attnum"))
                values += (values.empty() ? "" : ", ") +
                          staged_value(table, *column[0], *column[1], fresh, of_links);
            session_.run("insert into " + table + " values (" + values + ")");
        }
    }

    std::string staged_value(const std::string& table, const std::string& column,
                             const std::string& type, bool fresh, bool of_links) {
        static const std::map<std::string, unsigned char> kinds = {
            {"target_sections.id", 4},
            {"target_users.id", 5},
            {"target_academic_sessions.id", 2},
            {"planned_users.user_id", 5},
            {"planned_categories.category_id", 8},
            {"planned_line_items.line_item_id", 9},
            {"planned_user_roles.user_role_id", 20},
            {"planned_enrollments.enrollment_id", 23},
            {"org_id", 1},
            {"school_org_id", 1},
            {"primary_org_id", 1},
            {"academic_session_id", 2},
            {"school_year_session_id", 2},
            {"grading_period_session_id", 2},
            {"course_id", 3},
            {"section_id", 4},
            {"user_id", 5},
            {"agent_user_id", 6},
            {"category_id", 8}};
        static const std::map<std::string, std::string> keys = {
            {"orgs", "org"},       {"academic_sessions", "term"},
            {"courses", "course"}, {"sections", "section"},
            {"users", "s"},        {"user_roles", "r1"},
            {"demographics", "s"}, {"enrollments", "e1"},
            {"categories", "c"},   {"line_items", "l"}};
        auto quoted = [](const std::string& text) { return "'" + text + "'"; };
        auto key = [&](const char* entity) {
            return quoted(world_.bravo.marker + "-" + keys.at(entity));
        };
        const bool plan = table.starts_with("planned_");
        if (column == "op")
            return fresh ? "'added'" : is_link(table) ? "'removed'" : "'changed'";
        if (column == "tenant_id")
            return quoted(to_text(world_.alpha.info.scope.tenant().uuid));
        if (column == "gone")
            return fresh && !of_links ? "true" : "false";
        if (type == "uuid" && !plan && !(of_links && fresh))
            return quoted(to_text(world_.alpha.id(77)));
        if (type == "uuid") {
            auto kind = kinds.contains(table + "." + column) ? kinds.find(table + "." + column)
                                                             : kinds.find(column);
            return kind == kinds.end() ? "null" : quoted(to_text(world_.bravo.id(kind->second)));
        }
        if (column == "sourced_id")
            return key(table.substr(table.find('_') + 1).c_str());
        if (!plan) {
            static const std::map<std::string, const char*> references = {
                {"org", "orgs"},
                {"school", "orgs"},
                {"primary_org", "orgs"},
                {"course", "courses"},
                {"section", "sections"},
                {"owner", "users"},
                {"member", "users"},
                {"category", "categories"},
                {"academic_session", "academic_sessions"},
                {"grading_period", "academic_sessions"}};
            if (auto to = references.find(column); to != references.end())
                return key(to->second);
            if (column == "agent")
                return quoted(world_.bravo.marker + "-t");
            if (column == "parent" || column == "school_year")
                return "null";
        }
        if (column == "status")
            return "'active'";
        if (column == "due_at_given" || column == "modified_at" || column == "gone_at")
            return column == "modified_at" ? "'2040-01-01T00:00:00Z'" : "null";
        if (column.starts_with("username")) {
            std::string name = world_.bravo.username("student");
            for (char& c : name)
                c = column == "username" || c < 'A' || c > 'Z' ? c : static_cast<char>(c + 32);
            return quoted(name);
        }
        if (type == "boolean")
            return "true";
        if (type == "date")
            return column.starts_with("end") ? "'2027-01-01'" : "'2026-11-01'";
        if (type == "double precision" || type == "bigint")
            return "1";
        return column == "role" ? "'student'" : "'stolen'";
    }

    /// Does a table that this step fills hold one of the victim's ids? None stood there before.
    bool filled_betrays(const pg::Statement& step) {
        const std::string filled =
            std::string_view(step.name()).starts_with("roster_resolve_") ? "target" : "planned";
        for (const auto& row : session_.run(
                 "select relname from pg_class where relpersistence = 't' and relkind = 'r' and "
                 "relname like '" +
                 filled + "\\_%' and pg_table_is_visible(oid)"))
            for (const auto& line : session_.run("select t::text from " + *row[0] + " t"))
                if (line[0]->find(to_text(world_.bravo.id(0)).substr(0, 30)) != std::string::npos)
                    return true;
        return false;
    }

    /// Every choice of the victim's values that the parameters' types allow.
    std::vector<std::vector<std::string>> choices(const pg::Statement& statement) {
        std::vector<std::string> types = parameter_types(statement);
        const auto uuids = std::ranges::count_if(
            types, [](const std::string& t) { return t.starts_with("uuid"); });
        const auto texts = std::ranges::count_if(
            types, [](const std::string& t) { return t.starts_with("text"); });
        const auto hashes = std::ranges::count_if(
            types, [](const std::string& t) { return t.starts_with("bytea"); });
        const std::string instant = "timestamp with time zone";
        const bool span = std::ranges::count(types, instant) == 2; // from, until
        bool until = std::string_view(statement.text()).find("now() <") != std::string::npos;
        std::vector<std::vector<std::string>> all{{}};
        for (const std::string& type : types) {
            std::vector<std::vector<std::string>> longer;
            const std::string as_json =
                "cast($" + std::to_string(all.front().size() + 1) + " as text)::json";
            const bool json = std::string_view(statement.text()).find(as_json) != std::string::npos;
            for (const auto& so_far : all)
                for (const std::string& value : json ? std::vector<std::string>{"{}"}
                                                     : pool(type, uuids, texts, hashes, until)) {
                    longer.push_back(so_far);
                    longer.back().push_back(value);
                }
            all = std::move(longer);
            until |= span && type == instant;
        }
        return all;
    }

    std::vector<std::string> parameter_types(const pg::Statement& statement) {
        if (statement.parameters() == 0)
            return {};
        begin(statement, false);
        session_.run("prepare attacked as " + std::string(statement.text()));
        auto rows = session_.run("select unnest(parameter_types)::text from pg_prepared_statements "
                                 "where name = 'attacked'");
        session_.run("deallocate attacked");
        session_.run("rollback");
        std::vector<std::string> out;
        for (const auto& row : rows)
            out.push_back(*row[0]);
        return out;
    }

    std::vector<std::string> pool(std::string type, std::ptrdiff_t uuids, std::ptrdiff_t texts,
                                  std::ptrdiff_t hashes, bool until) {
        const bool array = type.ends_with("[]");
        if (array)
            type.resize(type.size() - 2);
        std::vector<std::string> values;
        const Side& b = world_.bravo;
        if (type == "uuid")
            for (unsigned char kind : uuids > 3 ? std::vector<unsigned char>{5, 9, 10, 27}
                                      : uuids > 2
                                          ? std::vector<unsigned char>{5, 9, 10}
                                          : std::vector<unsigned char>{1, 4, 5, 6, 9, 10, 23, 26})
                values.push_back(to_text(b.id(kind)));
        else if (type == "text" && texts > 2)
            values = {b.marker};
        else if (type == "text")
            values = {
                b.marker, "bravomark-student", b.username("student"), b.marker + " assignment",
                "UTC",    "refused",           "invitation",          "first"};
        else if (type == "bigint" || type == "integer")
            values = {uuids == 1 ? "1" : "100"};
        else if (type == "timestamp with time zone")
            values = until
                         ? std::vector<std::string>{"2040-01-01T00:00:00Z", "1970-01-02T00:00:00Z"}
                         : std::vector<std::string>{"1970-01-02T00:00:00Z"};
        else if (type == "boolean")
            values = {"false", "true"};
        else if (type == "bytea" && hashes > 2)
            values = {"\\x" + std::string(64, '0')};
        else if (type == "bytea") // as long as a hash, as a signature, as an account's key
            values = {"\\x" + std::string(64, '0'), "\\x" + std::string(128, '0'),
                      "\\x" + std::string(32, '0')};
        else if (type == "jsonb")
            values = {"{}"};
        else
            ADD_FAILURE() << "no values are known for parameters of type " << type << ": add some";
        if (array)
            for (std::string& value : values)
                value = "{\"" + (type == "bytea" ? "\\" + value : value) + "\"}";
        return values;
    }

    void attempt(const pg::Statement& statement, const std::vector<std::string>& parameters,
                 bool fresh, Outcome& outcome) {
        begin(statement, fresh);
        std::vector<const char*> values;
        for (const std::string& parameter : parameters)
            values.push_back(parameter.c_str());
        std::unique_ptr<PGresult, decltype(&PQclear)> result(
            PQexecParams(session_.raw(), statement.text(), static_cast<int>(values.size()), nullptr,
                         values.data(), nullptr, nullptr, 0),
            &PQclear);
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            outcome.ran = true;
            if (may_have_written(statement, result.get()))
                outcome.wrote |= digest(session_, world_.bravo) != victim_before_;
            if (needs_staging(statement) && !applies(statement) && filled_betrays(statement))
                outcome.leaked = "an id, into the plan";
            for (int row = 0; row < PQntuples(result.get()); ++row)
                for (int column = 0; column < PQnfields(result.get()); ++column)
                    if (betrays(world_.bravo, PQgetvalue(result.get(), row, column)))
                        outcome.leaked = PQgetvalue(result.get(), row, column);
        } else {
            const std::string_view state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
            outcome.stopped_by_key |= state == "23503" || state == "23505" || state == "23514";
            outcome.last_error = PQresultErrorMessage(result.get());
        }
        session_.run("rollback"); // so that every attempt meets the same rows
    }

    /// Looking at every table is what takes the time here, so it is left out where nothing can be
    /// seen: after a plain SELECT, and after a command that says it changed no row.
    static bool may_have_written(const pg::Statement& statement, PGresult* result) {
        if (statement.reads_only())
            return std::string_view(statement.text()).find("(") != std::string_view::npos;
        return std::string_view(statement.text()).starts_with("with") ||
               std::string_view(PQcmdTuples(result)) != "0";
    }

    TwoTenants& world_;
    const bool scoped_;
    Session session_; // as bw_app
    const std::string victim_before_;
};

TEST(TwoTenantsSample, EveryTenantTableHasRowsOfBoth) {
    TwoTenants world;
    for (const Side& side : {world.alpha, world.bravo})
        EXPECT_EQ(digest(world.installation.superuser(), side).find(" \n"), std::string::npos)
            << "two_tenants.cpp fills no row into a table below\n"
            << digest(world.installation.superuser(), side);
}

TEST(StatementAttacks, ListsNameStatementsThatExist) {
    for (const auto* list : {&not_attacked, &harmless_by_itself})
        for (const auto& [prefix, reason] : *list) {
            bool found = false;
            for (const StatementFile& file : all_statement_files())
                for (const pg::Statement& statement : file.statements)
                    found |= std::string_view(statement.name()).starts_with(prefix);
            EXPECT_TRUE(found) << prefix;
        }
    std::size_t all = 0;
    for (const StatementFile& file : all_statement_files())
        all += attacked(file).size();
    EXPECT_GT(all, 200U);
}

/// Of one file of statements, so that they are attacked beside each other.
class StatementAttack : public testing::TestWithParam<StatementFile> {};
INSTANTIATE_TEST_SUITE_P(Of, StatementAttack, testing::ValuesIn(all_statement_files()),
                         [](const auto& of) {
                             std::string name(of.param.name);
                             std::ranges::replace(name, '/', '_');
                             return name;
                         });

TEST_P(StatementAttack, NothingOfTheOtherInstitutionIsSeenOrChanged) {
    TwoTenants world;
    Attack attack(world, true);
    for (const pg::Statement& statement : attacked(GetParam())) {
        const Outcome outcome = attack.run(statement);
        EXPECT_EQ(outcome.leaked, "")
            << statement.name() << " returned the other institution's data";
        EXPECT_FALSE(outcome.wrote) << statement.name() << " changed the other institution's rows";
        EXPECT_TRUE(outcome.ran) << statement.name()
                                 << " never ran, so it was not attacked: " << outcome.last_error;
    }
}

TEST_P(StatementAttack, WithoutAScopeNothingIsSeenOrChanged) {
    TwoTenants world;
    Attack attack(world, false);
    const auto before = digest(world.installation.superuser(), world.alpha);
    for (const pg::Statement& statement : attacked(GetParam())) {
        const Outcome outcome = attack.run(statement);
        EXPECT_EQ(outcome.leaked, "") << statement.name();
        EXPECT_FALSE(outcome.wrote) << statement.name();
        EXPECT_NE(outcome.last_error, "")
            << statement.name() << " must fail loudly without a scope";
    }
    EXPECT_EQ(digest(world.installation.superuser(), world.alpha), before);
}

TEST_P(StatementAttack, NegativeControlWithoutRowLevelSecurityEveryStatementIsCaught) {
    TwoTenants world;
    for (const std::string& table : tenant_tables(world.installation.superuser()))
        world.installation.superuser().run("alter table " + table + " disable row level security");
    Attack attack(world, true);
    for (const pg::Statement& statement : attacked(GetParam())) {
        const Outcome outcome = attack.run(statement);
        if (!listed(harmless_by_itself, statement.name())) {
            EXPECT_TRUE(outcome.found())
                << statement.name()
                << " shows no harm without row-level security: the attack has no teeth there. "
                << outcome.last_error;
        }
    }
}

} // namespace
} // namespace bw::test
