// What the projector's tests share: an installation with schools, a store beside it, and the two
// held against each other.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "columnar/store.hpp"
#include "reporting/projector.hpp"
#include "support/installation.hpp"
#include "support/temporary_directory.hpp"

namespace bw::reporting::test {

using bw::test::Session;

/// Whose rows are mirrored.
struct Source {
    Session* superuser;
    std::string stream, reader; // conninfo
    const Clock& clock;
    ReportSource kind = ReportSource::slot;

    explicit Source(bw::test::Installation& installation)
        : superuser(&installation.superuser()), stream(installation.conninfo("bw_stream")),
          reader(installation.conninfo("bw_app")), clock(installation.clock()) {
        superuser->run(
            "set synchronous_commit = on"); // what is committed is flushed, as at a durable cluster
    }
    Source(Session& session, std::string stream_conninfo, std::string reader_conninfo,
           const Clock& of)
        : superuser(&session), stream(std::move(stream_conninfo)),
          reader(std::move(reader_conninfo)), clock(of) {
        superuser->run("set synchronous_commit = on");
    }
    Deadline soon() const { return Deadline::in(clock, 20s); }
    /// Who follows it from now on does so by the outbox, which is switched on.
    void follow_by_outbox(std::int64_t bytes_limit = 64 << 20) {
        kind = ReportSource::outbox;
        superuser->run(
            fmt::format("select control.report_outbox_switch(true, {}, 'test')", bytes_limit));
    }
};

/// For tests that hold for both.
inline const auto both_sources = testing::Values(ReportSource::slot, ReportSource::outbox);
inline std::string source_name(const testing::TestParamInfo<ReportSource>& info) {
    return info.param == ReportSource::slot ? "Slot" : "Outbox";
}

/// "tenant|id|...": rows of a table as text, the same on both sides, sorted.
using Rows = std::vector<std::string>;

inline std::string as_text(const MirroredColumn& column, bool store) {
    const std::string name = "\"" + std::string(column.name) + "\"";
    switch (column.type) {
    case ColumnType::timestamptz:
        return store ? "epoch_us(" + name + ")::varchar"
                     : "(extract(epoch from " + name + ") * 1000000)::bigint::text";
    case ColumnType::date:
        return store ? "datediff('day', date '1970-01-01', " + name + ")::varchar"
                     : "(" + name + " - date '1970-01-01')::text";
    case ColumnType::float8:
        return "(" + name + " * 1000)::bigint::" + (store ? "varchar" : "text");
    case ColumnType::boolean:
        return name + "::integer::" + (store ? "varchar" : "text");
    default:
        return name + "::" + (store ? "varchar" : "text");
    }
}

inline std::string rows_sql(const MirroredTable& table, bool store) {
    std::string row;
    for (const MirroredColumn& column : table.columns)
        row +=
            (row.empty() ? "" : " || '|' || ") + ("coalesce(" + as_text(column, store) + ", '~')");
    return "select " + row + " from " + (store ? "base" : std::string(table.schema)) + ".\"" +
           std::string(table.name) + "\"";
}

/// Institutions, people and work, in fixed numbers; ids are made of a number each.
class School {
public:
    School(Source& source, const tenancy::TenantInfo& tenant)
        : source_(source), tenant_(to_text(tenant.scope.tenant().uuid)) {
        sql("insert into orgs (tenant_id, org_id, source, sourced_id, name, type) values ($T, $1, "
            "'s', 'o', 'School', 'school')");
        sql("insert into courses (tenant_id, course_id, source, sourced_id, title, org_id) values "
            "($T, $1, 's', 'c', 'Course', $1)");
        sql("insert into sections (tenant_id, section_id, source, sourced_id, title, class_type, "
            "course_id, school_org_id) "
            "values ($T, $1, 's', 'x', 'Section', 'scheduled', $1, $1)");
        sql("insert into users (tenant_id, user_id, source, sourced_id, username, username_normal, "
            "given_name, family_name) "
            "select $T, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 's', "
            "n::text, 'u' || n, 'u' || n, 'Given', "
            "'Family' from generate_series(1, 50) n");
        sql("insert into enrollments (tenant_id, enrollment_id, source, sourced_id, section_id, "
            "school_org_id, user_id, role, "
            "is_primary, begin_date) select tenant_id, user_id, 's', sourced_id, $1, $1, user_id, "
            "'student', false, '2026-09-01' from "
            "users where tenant_id = $T");
        sql("insert into assignments (tenant_id, assignment_id, section_id, title, due_at) values "
            "($T, $1, $1, 'Essay', "
            "'2026-11-30 12:00Z')");
    }
    /// $T: the tenant, $1: the id 1.
    static std::string filled(std::string text, const std::string& tenant) {
        const std::pair<std::string, std::string> values[] = {
            {"$T", "'" + tenant + "'::uuid"},
            {"$1", "'00000000-0000-4000-8000-000000000001'::uuid"}};
        for (const auto& [name, value] : values)
            for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;
                 at += value.size())
                text.replace(at, name.size(), value);
        return text;
    }
    void sql(const std::string& text) { source_.superuser->run(filled(text, tenant_)); }
    static std::string submissions(std::int64_t from, std::int64_t count) {
        return fmt::format(
            "insert into submissions (tenant_id, submission_id, assignment_id, user_id, "
            "idempotency_key, state, received_at, "
            "late, recorded_at, content, content_sha256, receipt, journal_epoch, journal_seq) "
            "select $T, "
            "('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, $1, "
            "('00000000-0000-4000-8000-' || "
            "lpad((n % 50 + 1)::text, 12, '0'))::uuid, n::text, 'recorded', timestamptz "
            "'2026-11-01Z' + n * interval "
            "'1 second', n % 10 = 0, now(), 'text', '', '', 1, n from generate_series({}, {}) n",
            from, from + count - 1);
    }
    void submit(std::int64_t from, std::int64_t count) { sql(submissions(from, count)); }
    const std::string& tenant() const { return tenant_; }

private:
    Source& source_;
    std::string tenant_;
};

/// A store with its projector, beside an installation.
class Replica {
public:
    Replica(Source& source, const std::filesystem::path& file, const std::string& slot)
        : source_(source), file_(file), slot_(slot) {}
    ~Replica() { stop(); }

    ProjectorOptions options() const {
        ProjectorOptions options;
        options.source = source_.kind;
        options.stream.conninfo = source_.stream;
        options.reader.conninfo = source_.reader;
        options.slot = slot_;
        options.batch_period = 20ms;
        options.look_period = 20ms;
        options.idle_period = 50ms;
        options.pause_min = 5ms;
        options.pause_max = 100ms;
        options.schema_pause = 50ms;
        options.snapshot_pause_min = 5ms;
        options.snapshot_pause_max = 100ms;
        return options;
    }
    void start() { start(options(), {}); }
    void start(ProjectorOptions options, AfterApply after_apply) {
        if (!store_)
            open();
        projector_ = std::make_unique<Projector>(
            std::move(options), [this] { return store_->connect(); }, std::move(after_apply),
            source_.clock, rng_);
        projector_->start();
    }
    void open(const columnar::StoreOptions& bounds = {}) {
        auto opened = columnar::Store::open(file_, bounds, source_.clock);
        ASSERT_TRUE(opened) << opened.error().text();
        store_ = *std::move(opened);
    }
    void stop() {
        projector_.reset();
        store_.reset();
    }
    Projector& projector() { return *projector_; }
    columnar::Store& store() { return *store_; }
    ProjectorStatus status() const { return projector_->status(); }

    testing::AssertionResult becomes(const std::function<bool(const ProjectorStatus&)>& so,
                                     Duration within = 20s) {
        if (projector_->wait(so, Deadline::in(source_.clock, within)))
            return testing::AssertionSuccess();
        const ProjectorStatus now = status();
        return testing::AssertionFailure()
               << "it is " << wire_name(now.state) << ": " << now.reason;
    }
    testing::AssertionResult is(ProjectorState state) {
        return becomes([=](const ProjectorStatus& status) { return status.state == state; });
    }
    /// Until all that is committed now is in the store.
    testing::AssertionResult catches_up(Duration within = 30s) {
        const auto lsn =
            pg::Lsn::parse(source_.superuser->value("select pg_current_wal_flush_lsn()"));
        return becomes(
            [&](const ProjectorStatus& s) {
                return s.state == ProjectorState::streaming && s.reached >= *lsn;
            },
            within);
    }
    Rows rows(const MirroredTable& table) {
        Rows out;
        auto connection = store_->connect().value();
        auto answer = connection->run(rows_sql(table, true), {}, source_.soon());
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().text());
        while (const columnar::Chunk* chunk = answer ? answer->next() : nullptr)
            for (std::size_t i = 0; i < chunk->count(); ++i)
                out.emplace_back(chunk->text(i, 0));
        std::ranges::sort(out);
        return out;
    }
    std::int64_t number(const std::string& sql) {
        auto connection = store_->connect().value();
        auto answer = connection->run(sql, {}, source_.soon());
        EXPECT_TRUE(answer) << (answer ? "" : answer.error().text());
        const columnar::Chunk* chunk = answer ? answer->next() : nullptr;
        return chunk != nullptr && chunk->count() > 0 ? chunk->integer(0, 0) : -1;
    }
    /// Every mirrored table, row by row.
    testing::AssertionResult equals_source() {
        for (const MirroredTable& table : mirrored_tables()) {
            Rows source;
            for (const auto& row : source_.superuser->run(rows_sql(table, false)))
                source.push_back(row[0].value_or(""));
            std::ranges::sort(source);
            const Rows mirrored = rows(table);
            if (source == mirrored)
                continue;
            const auto at = std::ranges::mismatch(source, mirrored);
            return testing::AssertionFailure()
                   << table.name << ": " << source.size() << " rows at the source, "
                   << mirrored.size() << " here; the first difference: "
                   << (at.in1 == source.end() ? "(none)" : *at.in1) << " / "
                   << (at.in2 == mirrored.end() ? "(none)" : *at.in2);
        }
        return testing::AssertionSuccess();
    }

private:
    Source& source_;
    const std::filesystem::path file_;
    const std::string slot_;
    SystemRng rng_;
    std::unique_ptr<columnar::Store> store_;
    std::unique_ptr<Projector> projector_;
};

/// A school in an installation of its own, and a store that follows it.
class World {
public:
    explicit World(ReportSource kind) {
        if (kind == ReportSource::outbox)
            source_.follow_by_outbox();
    }
    ~World() {
        replica_.stop();
        drop_slot();
    }
    World(const World&) = delete;

protected:
    void sql(const std::string& text) { north_.sql(text); }
    /// Of a consumer that was killed as well.
    void drop_slot() {
        auto& su = installation_.superuser();
        su.attempt("select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where "
                   "active and slot_name = '" +
                   slot_ + "'");
        su.attempt("select pg_drop_replication_slot('" + slot_ + "')");
    }

    bw::test::Installation installation_;
    const std::string slot_ = "bw_" + installation_.superuser().value("select current_database()");
    Source source_{installation_};
    School north_{source_, installation_.provision("north")};
    bw::test::TemporaryDirectory directory_;
    Replica replica_{source_, directory_.path() / "reports.duckdb", slot_};
};

} // namespace bw::reporting::test
