// A school with a live lesson, and a video platform that counts, for tests.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "live/leader.hpp"
#include "live/store.hpp"
#include "support/installation.hpp"
#include "timetable/school_for_test.hpp"
#include "timetable/store.hpp"

namespace bw::live::test {

using timetable::test::id, timetable::test::instant, timetable::test::on;

/// Streams by key, as a provider keeps them; thread-safe.
class CountingProvider : public video::Provider {
public:
    std::string_view name() const override { return "counting"; }
    video::Caps caps() const override {
        return {.own_edges = own_edges,
                .token_limit = std::chrono::seconds(120),
                .streams_limit = streams_limit};
    }
    Result<video::Stream> create(const video::StreamSpec& spec, Deadline) override {
        const std::scoped_lock lock(mutex);
        ++creates[spec.key];
        if (down)
            return fail(Code::unavailable, "503");
        streams.insert(spec.key);
        video::Stream stream{.ref = spec.key};
        stream.ingests.push_back({.url = "rtmp://in/live", .key = "secret of " + spec.key});
        if (on_create)
            on_create();
        return stream;
    }
    Result<void> end(std::string_view ref, Deadline) override {
        const std::scoped_lock lock(mutex);
        if (down)
            return fail(Code::unavailable, "503");
        streams.erase(std::string(ref));
        return {};
    }
    Result<video::Health> poll(std::string_view, Deadline) override {
        return video::Health{.signal = video::Signal::flowing};
    }
    Result<video::Playback> sign(std::string_view ref, Instant now,
                                 video::seconds lifetime) const override {
        return video::Playback{.url = (own_edges ? "/live/" : "https://edge/") + std::string(ref),
                               .expires = now + lifetime,
                               .renew_at = now + lifetime * 3 / 4};
    }
    Result<std::vector<video::Event>> parse_webhook(video::Headers, std::string_view,
                                                    Instant) const override {
        return std::vector<video::Event>();
    }

    std::mutex mutex;
    std::set<std::string> streams;
    std::map<std::string, int> creates; // by key
    bool down = false;
    std::size_t streams_limit = 0;
    bool own_edges = false;
    std::function<void()> on_create; // after it is there, before anybody hears
};

class CountingWarmer : public Warmer {
public:
    Result<WarmReport> warm(std::string_view, Deadline) override {
        ++sweeps;
        if (on_sweep)
            on_sweep();
        return WarmReport{8, verified};
    }
    std::atomic<int> sweeps = 0;
    std::atomic<std::int64_t> verified = 8;
    std::function<void()> on_sweep;
};

/// Section 2 meets on weekdays from 11:20 to 12:20 (its lesson is live); 2 teaches it, 12 and 13
/// attend it; 1 teaches section 1, which 11 attends.
struct LiveSchool : testing::Test {
    bw::test::Installation installation;
    tenancy::TenantInfo north = installation.provision("north"),
                        south = installation.provision("south");
    tenancy::TenantDirectory directory;
    std::unique_ptr<tenancy::Database> database = installation.database();
    ManualClock clock{instant("2026-09-09T09:30:00Z")}; // a Wednesday; the class begins at 10:20Z
    timetable::Plans plans;
    timetable::Timetable table = timetable::test::school();
    const timetable::LessonId lesson = id<timetable::LessonId>(2);
    CountingProvider provider;
    CountingWarmer warmer;
    const Instant bell = instant("2026-09-09T10:20:00Z");

    static std::string uuid(std::uint8_t n) { return "'" + to_text(id<UserId>(n).uuid) + "'"; }
    static std::string section(std::uint8_t n) {
        return "insert into sections (section_id, source, sourced_id, title, class_type, "
               "course_id, school_org_id) values (" +
               uuid(n) + ", 's', '" + std::to_string(n) + "', 'Section " + std::to_string(n) +
               "', 'scheduled', " + uuid(2) + ", " + uuid(1) + ");";
    }
    static std::string person(std::uint8_t n, std::uint8_t at, const std::string& role) {
        const std::string name = "'p" + std::to_string(n) + "'";
        return "insert into users (user_id, source, sourced_id, username, username_normal, "
               "given_name, family_name) values (" +
               uuid(n) + ", 's', " + name + ", " + name + ", " + name + ", " + name +
               ", 'Byron');" + enrollment(n, at, role);
    }
    static std::string enrollment(std::uint8_t n, std::uint8_t at, const std::string& role) {
        return "insert into enrollments (enrollment_id, source, sourced_id, section_id, "
               "school_org_id, user_id, role, is_primary) values (gen_random_uuid(), 's', 'e" +
               std::to_string(n) + "-" + std::to_string(at) + "', " + uuid(at) + ", " + uuid(1) +
               ", " + uuid(n) + ", '" + role + "', true);";
    }
    void SetUp() override {
        for (const tenancy::TenantInfo& at : {north, south})
            run(at, "insert into orgs (org_id, source, sourced_id, name, type) values (" + uuid(1) +
                        ", 's', 'o', 'O', 'school'); insert into courses (course_id, source, "
                        "sourced_id, title, org_id) values (" +
                        uuid(2) + ", 's', 'c', 'C', " + uuid(1) + ");" + section(1) + section(2) +
                        person(11, 1, "student") + person(1, 1, "teacher") +
                        person(2, 2, "teacher") + person(12, 2, "student") +
                        person(13, 2, "student"));
        installation.refresh(directory);
        save();
        make_live();
    }
    void run(const tenancy::TenantInfo& at, const std::string& sql) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(at.scope.tenant().uuid) + "';" + sql + "; commit");
    }
    std::string value(const std::string& sql) { return installation.superuser().value(sql); }
    template <class Fn>
    auto in(const tenancy::TenantInfo& at, Fn fn) {
        return database->run(at.scope, installation.soon(), fn);
    }
    /// The timetable as it stands here.
    void save() {
        const auto saved = in(north, [&](tenancy::TenantTx& tx) -> Result<void> {
            TRY(timetable::save_timetable(tx, TRY(timetable::lock_timetable(tx)), table,
                                          clock.now()));
            return {};
        });
        ASSERT_TRUE(saved) << saved.error().text();
    }
    void make_live(Rights students_may = Right::data) {
        const auto made = in(north, [&](tenancy::TenantTx& tx) {
            return put_live_lesson(tx, lesson, std::nullopt, students_may, clock.now());
        });
        ASSERT_TRUE(made) << made.error().text();
    }
    void change_on(std::string_view day, const std::function<void(timetable::Change&)>& change) {
        timetable::Change one{.lesson = lesson, .date = on(day)};
        change(one);
        std::erase_if(table.changes, [&](const auto& it) { return it.date == one.date; });
        table.changes.push_back(one);
        save();
    }

    LeaderOptions options() { return {.clock_off_max = 24h * 365 * 100, .threads = 0}; }
    Stage stage() { return {.provider = provider, .warmer = &warmer, .ingest_key = {7}}; }
    std::unique_ptr<Leader> leader(LeaderOptions with) {
        return std::make_unique<Leader>(
            LeaderParts{.make_database = [this] { return installation.database(); },
                        .directory = directory,
                        .plans = plans,
                        .stage = stage(),
                        .clock = clock,
                        .rng = installation.rng()},
            std::move(with));
    }
    std::unique_ptr<Leader> leader() { return leader(options()); }
    /// Turns and deeds until there is nothing to be done at this moment.
    static void settle(Leader& leader) {
        for (int i = 0; i < 20; ++i) {
            leader.turn();
            bool any = false;
            while (leader.run_one())
                any = true;
            if (!any && i > 1)
                return;
        }
    }
    void go_to(Leader& leader, Instant until, Duration by = 30s) {
        while (clock.now() < until) {
            clock.advance(std::min(by, until - clock.now()));
            settle(leader);
        }
    }
    std::string state(std::string_view day = "2026-09-09") {
        return value("select state from live_classes where day = '" + std::string(day) + "'");
    }
};

} // namespace bw::live::test
