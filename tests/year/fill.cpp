#include "year/fill.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

namespace bw::year {

namespace {

constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000; // 2000-01-01
constexpr std::int64_t minute_us = 60'000'000, load_us = 35 * std::int64_t{86'400'000'000};
constexpr std::size_t chunk_bytes = 1 << 16;

/// COPY .. FROM STDIN in binary ("COPY", File Formats).
class Copy {
public:
    Copy(PGconn* connection, const std::string& table, int columns, const std::string& names)
        : connection_(connection), columns_(columns) {
        PGresult* result = PQexec(
            connection, ("copy " + table + " (" + names + ") from stdin (format binary)").c_str());
        if (PQresultStatus(result) != PGRES_COPY_IN)
            give_up(connection, table.c_str());
        PQclear(result);
        out_.assign("PGCOPY\n\xff\r\n\0", 11);
        number<std::int32_t>(0), number<std::int32_t>(0);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    void row() {
        if (out_.size() > chunk_bytes)
            send();
        number(static_cast<std::int16_t>(columns_));
        ++rows_;
    }
    Copy& null() { return number<std::int32_t>(-1); }
    Copy& uuid(const Uuid& value) {
        number<std::int32_t>(16);
        out_.append(reinterpret_cast<const char*>(value.data()), 16);
        return *this;
    }
    Copy& uuid_or_null(const Uuid& value) { return value == Uuid{} ? null() : uuid(value); }
    Copy& text(std::string_view value) { // bytea and json too
        number(static_cast<std::int32_t>(value.size()));
        out_ += value;
        return *this;
    }
    Copy& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
    Copy& jsonb(std::string_view value) {
        number(static_cast<std::int32_t>(value.size() + 1));
        out_ += '\1'; // its version
        out_ += value;
        return *this;
    }
    Copy& int8(std::int64_t value) {
        number<std::int32_t>(8);
        return number(value);
    }
    Copy& int4(std::int32_t value) {
        number<std::int32_t>(4);
        return number(value);
    }
    Copy& boolean(bool value) {
        number<std::int32_t>(1);
        out_ += value ? '\1' : '\0';
        return *this;
    }
    Copy& at(std::int64_t us) { return int8(us - postgres_epoch_us); }

    std::int64_t end() {
        number<std::int16_t>(-1);
        send();
        if (PQputCopyEnd(connection_, nullptr) != 1)
            give_up(connection_, "the end of a copy");
        for (PGresult* result = PQgetResult(connection_); result != nullptr;
             result = PQgetResult(connection_)) {
            if (PQresultStatus(result) != PGRES_COMMAND_OK)
                give_up(connection_, "the end of a copy");
            PQclear(result);
        }
        return rows_;
    }

private:
    template <class T>
    Copy& number(T value) {
        for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
            out_ += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
        return *this;
    }
    void send() {
        if (PQputCopyData(connection_, out_.data(), static_cast<int>(out_.size())) != 1)
            give_up(connection_, "a copy");
        out_.clear();
    }

    PGconn* connection_;
    const int columns_;
    std::string out_;
    std::int64_t rows_ = 0;
};

/// Keys and indexes of a table, to be made anew behind its rows: several times as fast. Their
/// words are the database's own.
struct Indexes {
    std::vector<std::string> drop, make;
};
Indexes indexes_of(PGconn* connection, const std::string& table) {
    Indexes out;
    for (const auto& row :
         ask(connection,
             "select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'p' and "
             "conrelid = '" +
                 table + "'::regclass")) {
        out.drop.push_back(fmt::format("alter table {} drop constraint {}", table, row[0]));
        out.make.push_back(
            fmt::format("alter table {} add constraint {} {}", table, row[0], row[1]));
    }
    for (const auto& row : ask(connection, "select indexrelid::regclass::text, "
                                           "pg_get_indexdef(indexrelid) from pg_index where not "
                                           "indisprimary and indrelid = '" +
                                               table + "'::regclass")) {
        out.drop.push_back("drop index " + row[0]);
        out.make.push_back(row[1]);
    }
    return out;
}

struct Load {
    std::int64_t signed_in = 0, pages = 0, hand_ins = 0;
};
using LoadMinutes = std::map<std::pair<Uuid, std::int64_t>, Load>;

void fill_activities(PGconn* connection, const Schools& schools, const Plan& plan,
                     std::vector<SignIn>& sign_ins, LoadMinutes& load, Filled& filled) {
    Copy rows(connection, "activities", 9,
              "tenant_id, user_id, activity_id, kind, page, subject_id, section_id, occurred_at, "
              "received_at");
    live(schools, plan, [&](Week& week) {
        for (const Opening& one : week.openings) {
            rows.row();
            rows.uuid(one.tenant).uuid(one.user).uuid(one.id).text(one.kind).text_or_null(one.page);
            rows.uuid_or_null(one.subject).uuid_or_null(one.section);
            rows.at(one.occurred_us).at(one.received_us);
            if (!one.page.empty() && one.received_us >= plan.until_us - load_us)
                ++load[{one.tenant, one.received_us / minute_us}].pages;
        }
        sign_ins.insert(sign_ins.end(), week.sign_ins.begin(), week.sign_ins.end());
    });
    filled.activities = rows.end();
}

void fill_work(PGconn* connection, const Work& all, const Plan& plan, LoadMinutes& load,
               Filled& filled) {
    const std::string content(200, 'x');
    std::int64_t seq = 0;
    Copy hand_ins(
        connection, "submissions", 15,
        "tenant_id, submission_id, assignment_id, user_id, idempotency_key, state, reason, "
        "received_at, late, recorded_at, content, content_sha256, receipt, journal_epoch, "
        "journal_seq");
    for (const HandIn& one : all.hand_ins) {
        hand_ins.row();
        hand_ins.uuid(one.tenant)
            .uuid(one.id)
            .uuid(one.assignment)
            .uuid(one.user)
            .text(to_text(one.id));
        hand_ins.text(one.reason.empty() ? "recorded" : "refused").text_or_null(one.reason);
        hand_ins.at(one.received_us).boolean(one.late).at(one.received_us + 40'000);
        hand_ins.text(content).text("").text("").int8(1).int8(++seq);
        if (one.received_us >= plan.until_us - load_us)
            ++load[{one.tenant, one.received_us / minute_us}].hand_ins;
    }
    filled.hand_ins = hand_ins.end();
    Copy longer(connection, "extensions", 9,
                "tenant_id, extension_id, assignment_id, user_id, due_at, attempts_extra, reason, "
                "given_by, given_at");
    for (const Longer& one : all.longer) {
        longer.row();
        longer.uuid(one.tenant).uuid(one.id).uuid(one.assignment).uuid(one.user).at(one.due_us);
        longer.int4(0).text("Ill").uuid(one.by).at(one.given_us);
    }
    filled.extensions = longer.end();
    Copy marks(connection, "marks", 11,
               "tenant_id, assignment_id, user_id, kind, marker_id, done, scheme_version, "
               "submission_id, points, content, changed_at");
    for (const Grading& one : all.gradings)
        if (one.number == 1) {
            marks.row();
            marks.uuid(one.tenant)
                .uuid(one.assignment)
                .uuid(one.user)
                .text("first")
                .uuid(one.by)
                .boolean(true);
            marks.int8(1)
                .uuid(one.submission)
                .int8(one.points)
                .jsonb("{}")
                .at(one.released_us - minute_us);
        }
    marks.end();
    Copy grades(connection, "grades", 11,
                "tenant_id, assignment_id, user_id, number, scheme_version, points, content, "
                "submission_id, reason, released_by, released_at");
    for (const Grading& one : all.gradings) {
        grades.row();
        grades.uuid(one.tenant)
            .uuid(one.assignment)
            .uuid(one.user)
            .int8(one.number)
            .int8(1)
            .int8(one.points);
        grades.jsonb("{}")
            .uuid(one.submission)
            .text_or_null(one.number == 1 ? "" : "looked at again");
        grades.uuid(one.by).at(one.released_us);
    }
    filled.gradings = grades.end();
}

} // namespace

Filled fill(PGconn* connection, const Schools& schools, const Plan& plan, bool with_sign_ins) {
    Filled out;
    std::vector<SignIn> sign_ins;
    LoadMinutes load;
    ask(connection,
        "begin; set local maintenance_work_mem = '256MB'; set local synchronous_commit = off");
    ask(connection, "insert into marking (tenant_id, assignment_id, version, anonymous) select "
                    "tenant_id, assignment_id, 1, false "
                    "from assignments on conflict do nothing");
    ask(connection, fmt::format("insert into marking_schemes (tenant_id, assignment_id, version, "
                                "points_max, counts, made_by, made_at) "
                                "select tenant_id, assignment_id, 1, {}, 'latest', assignment_id, "
                                "due_at - interval '30 days' from assignments "
                                "on conflict do nothing",
                                points_max));
    const Indexes indexes = indexes_of(connection, "activities");
    for (const std::string& sql : indexes.drop)
        ask(connection, sql);
    fill_activities(connection, schools, plan, sign_ins, load, out);
    for (const std::string& sql : indexes.make)
        ask(connection, sql);
    fill_work(connection, work(schools, plan), plan, load, out);
    for (const SignIn& one : sign_ins)
        if (one.at_us >= plan.until_us - load_us)
            ++load[{one.tenant, one.at_us / minute_us}].signed_in;
    if (with_sign_ins) {
        const std::string leaf(32, '\0');
        Copy events(connection, "audit_events", 8,
                    "tenant_id, audit_event_id, at, actor, action, subject, details, leaf");
        for (const SignIn& one : sign_ins) {
            const std::string user = UserId{one.user}.text();
            events.row();
            events.uuid(one.tenant)
                .uuid(one.id)
                .at(one.at_us)
                .text(user)
                .text("session.created")
                .text(user);
            events.text("{}").text(leaf);
        }
        out.sign_ins = events.end();
    }
    ask(connection, "create temp table made_load (like load_minutes) on commit drop");
    Copy minutes(
        connection, "made_load", 9,
        "tenant_id, minute, password, refresh, provider, page_read, submission, live_join, job");
    for (const auto& [key, of] : load) {
        minutes.row();
        minutes.uuid(key.first)
            .at(key.second * minute_us)
            .int8(of.signed_in)
            .int8(of.signed_in)
            .int8(0);
        minutes.int8(of.pages).int8(of.hand_ins).int8(0).int8(0);
    }
    out.load_minutes = minutes.end();
    ask(connection,
        "insert into load_minutes select * from made_load on conflict do nothing; commit");
    ask(connection,
        "analyze activities, submissions, grades, marks, extensions, audit_events, load_minutes");
    return out;
}

} // namespace bw::year
