// Files that are declared: through intake and recorder into rows, and the states that follow.
#include "submissions/submission_files.hpp"

#include <gtest/gtest.h>

#include <map>

#include "submissions/recorder_for_test.hpp"

namespace bw::submissions {
namespace {

using namespace std::chrono_literals;

struct SubmissionFiles : RecorderTest {
    /// The first institution's first seat's assignment asks for files from now on.
    void SetUp() override {
        set_file_rules({});
        until = clock.now() + 240h;
    }
    void set_file_rules(Rules rules) {
        const Assignment before = assignment();
        rules.kind = ContentKind::file;
        rules.due_at = before.rules.due_at;
        auto set = set_rules(before, rules);
        ASSERT_TRUE(set) << set.error().text();
    }
    Assignment assignment() {
        return (*get_assignment(*database, tenants[0].scope, seats[0][0].assignment,
                                seats[0][0].user, installation.soon()))
            ->assignment;
    }
    static DeclaredFile file(const std::string& name, const std::string& bytes) {
        return {name, bytes.size(), "text/plain", sha256(bytes)};
    }
    SubmissionId declare(const std::string& key_text, const std::vector<DeclaredFile>& files) {
        Offer offered = offer(0, 0, key_text, declaration_of(files));
        offered.kind = ContentKind::file;
        const SubmissionId id =
            decode_statement(accept(std::move(offered)).statement)->submission_id();
        record_all();
        return id;
    }
    template <class Fn>
    auto in(Fn fn) {
        return database->run(tenants[0].scope, installation.soon(), fn);
    }
    std::vector<SubmissionFile> files(SubmissionId id) {
        return in([&](tenancy::TenantTx& tx) { return files_of(tx, id); }).value();
    }
    /// As module files leaves it.
    Uuid uploaded() {
        const Uuid id = make_uuid_v7(clock.now(), rng);
        change("insert into uploads (upload_id, owner_id, kind, state, size, received, name, "
               "media_type, metadata, created_at) values ('" +
               to_text(id) + "', '" + to_text(seats[0][0].user.uuid) +
               "', 'single', 'complete', 5, 5, '', '', '', now())");
        return id;
    }
    void change(const std::string& sql) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(tenants[0].scope.tenant().uuid) + "';" + sql +
                                     ";commit");
    }
    std::int64_t bind(const std::string& bytes, Instant at, std::optional<UserId> user = {}) {
        const Arrival arrival{.upload = uploaded(),
                              .user = user.value_or(seats[0][0].user),
                              .size = bytes.size(),
                              .sha256 = sha256(bytes),
                              .completed_at = at};
        return in([&](tenancy::TenantTx& tx) { return bind_upload(tx, arrival); }).value();
    }
    Instant until;
};

TEST_F(SubmissionFiles, AreDeclaredAndRecordedWithTheirSubmission) {
    std::map<TenantId, std::vector<SubmissionId>> sent;
    recorder = make_recorder({.do_later = [&](TenantId tenant, const Afterwards& afterwards) {
        sent[tenant] = afterwards.files;
        constexpr pg::Statement nothing("test_nothing", 0, "select 1");
        return tenancy::Step{nothing, {}};
    }});
    const SubmissionId id = declare("a", {file("essay.txt", "hello"), file("plan.txt", "five!")});
    const auto stored = files(id);
    ASSERT_EQ(stored.size(), 2U);
    EXPECT_EQ(stored[0].declared, file("essay.txt", "hello"));
    EXPECT_EQ(stored[1].position, 1);
    EXPECT_EQ(stored[0].state, FileState::awaiting);
    EXPECT_EQ(stored[0].user, seats[0][0].user);
    EXPECT_EQ(stored[0].upload_until, assignment().rules.due_at + 24h);
    EXPECT_NE(stored[0].id, stored[1].id);
    EXPECT_EQ(sent[tenants[0].scope.tenant()], std::vector{id});
    const auto full = read(0, id);
    EXPECT_EQ(full->kind, ContentKind::file);
    EXPECT_EQ(full->files.size(), 2U);
    EXPECT_FALSE(full->summary.files->complete());
    EXPECT_EQ(full->summary.files->awaiting, 2);
    const auto page = list_submissions(*database, tenants[0].scope, seats[0][0].assignment, {}, {},
                                       10, installation.soon());
    EXPECT_EQ(page->items.at(0).files->declared, 2);

    // The same again, from another node's journal: the same rows, with the same names.
    append({tenants[0].scope.tenant(), seats[0][0].user, seats[0][0].assignment, "a",
            declaration_of({file("essay.txt", "hello"), file("plan.txt", "five!")}),
            clock.monotonic(), ContentKind::file},
           clock.now() - 1h);
    record_all();
    EXPECT_EQ(files(id)[0].id, stored[0].id);
    EXPECT_EQ(count("submission_files"), "2");
}

TEST_F(SubmissionFiles, OfARefusedSubmissionAreNone) {
    set_file_rules({.attempts_limit = 9, .files_limit = 1}); // limited, so what stands is told
    const SubmissionId id = declare("a", {file("a", "hello"), file("b", "five!")});
    EXPECT_EQ(states(), "a too_many_files");
    EXPECT_TRUE(files(id).empty());
    EXPECT_EQ(read(0, id)->summary.files->declared, 0);
    // Another content under a key that stands: refused beside it, and nothing of it is declared.
    const SubmissionId good = declare("b", {file("a", "hello")});
    append({tenants[0].scope.tenant(), seats[0][0].user, seats[0][0].assignment, "b",
            declaration_of({file("other", "other"), file("more", "five!")}), clock.monotonic(),
            ContentKind::file},
           clock.now() - 1h);
    record_all();
    ASSERT_EQ(files(good).size(), 1U);
    EXPECT_EQ(files(good)[0].declared.name, "a");
    EXPECT_EQ(count("refused_submissions"), "1");
    // What was refused stays so, and declares nothing, though by now it would fit.
    set_file_rules({.files_limit = 2});
    append({tenants[0].scope.tenant(), seats[0][0].user, seats[0][0].assignment, "a",
            declaration_of({file("a", "hello"), file("b", "five!")}), clock.monotonic(),
            ContentKind::file},
           clock.now() - 1h);
    record_all();
    EXPECT_TRUE(files(id).empty());
}

// ---- the table of README.md ----

enum class Event {
    bytes_in_time,
    bytes_late,
    grace_ends,
    found_clean,
    found_something,
    no_verdict
};

struct Move {
    FileState from;
    Event event;
    FileState to;
    bool late = false;
};
using enum FileState;
const Move moves[] = {
    {awaiting, Event::bytes_in_time, arrived},
    {awaiting, Event::bytes_late, arrived, true},
    {awaiting, Event::grace_ends, missing},
    {awaiting, Event::found_clean, awaiting},
    {awaiting, Event::found_something, awaiting},
    {missing, Event::bytes_in_time, arrived},
    {missing, Event::bytes_late, arrived, true},
    {missing, Event::grace_ends, missing},
    {missing, Event::found_clean, missing},
    {arrived, Event::bytes_late, arrived},
    {arrived, Event::grace_ends, arrived},
    {arrived, Event::found_clean, clean},
    {arrived, Event::found_something, infected},
    {arrived, Event::no_verdict, not_scanned},
    {not_scanned, Event::grace_ends, not_scanned},
    {not_scanned, Event::found_clean, clean},
    {not_scanned, Event::found_something, infected},
    {clean, Event::bytes_late, clean},
    {clean, Event::found_clean, clean},
    {clean, Event::found_something, infected},
    {clean, Event::no_verdict, clean},
    {infected, Event::bytes_late, infected},
    {infected, Event::grace_ends, infected},
    {infected, Event::found_clean, infected},
    {infected, Event::no_verdict, infected},
};

struct StateMachine : SubmissionFiles {
    void apply(SubmissionId id, Event event) {
        const auto now = files(id).at(0);
        auto scan = [&](FileState outcome) {
            const Uuid upload = now.upload.value_or(Uuid{});
            EXPECT_TRUE(
                in([&](tenancy::TenantTx& tx) { return note_scan(tx, upload, outcome, "x"); }));
        };
        switch (event) {
        case Event::bytes_in_time:
            bind("hello", now.upload_until - 1ms);
            return;
        case Event::bytes_late:
            bind("hello", now.upload_until);
            return;
        case Event::grace_ends:
            EXPECT_EQ(in([&](tenancy::TenantTx& tx) {
                          return mark_missing(tx, id, now.upload_until - 1ms);
                      }).value(),
                      0)
                << "half-open";
            EXPECT_TRUE(
                in([&](tenancy::TenantTx& tx) { return mark_missing(tx, id, now.upload_until); }));
            return;
        case Event::found_clean:
            return scan(clean);
        case Event::found_something:
            return scan(infected);
        case Event::no_verdict:
            return scan(not_scanned);
        }
    }
    void bring_to(SubmissionId id, FileState state) {
        if (state == awaiting)
            return;
        apply(id, state == missing ? Event::grace_ends : Event::bytes_in_time);
        if (state == clean)
            apply(id, Event::found_clean);
        if (state == infected)
            apply(id, Event::found_something);
        if (state == not_scanned)
            apply(id, Event::no_verdict);
    }
};

TEST_F(StateMachine, IsTheReadmesTable) {
    for (int n = 0; const Move& move : moves) {
        const std::string what =
            std::string(wire_name(move.from)) + " on event " + std::to_string(int(move.event));
        const SubmissionId id = declare("k" + std::to_string(n++), {file("a", "hello")});
        bring_to(id, move.from);
        ASSERT_EQ(wire_name(files(id).at(0).state), wire_name(move.from)) << what;
        apply(id, move.event);
        const SubmissionFile after = files(id).at(0);
        EXPECT_EQ(wire_name(after.state), wire_name(move.to)) << what;
        EXPECT_EQ(after.late(), move.late) << what;
        change("delete from submission_files");
    }
}

TEST_F(SubmissionFiles, TakeTheBytesOfTheSamePersonSizeAndHashAlone) {
    const SubmissionId id = declare("a", {file("a", "hello"), file("b", "other")});
    EXPECT_EQ(bind("jello", until), 0) << "other bytes";
    EXPECT_EQ(bind("hello", until, seats[0].back().user), 0) << "somebody else's";
    const Arrival longer{uploaded(), seats[0][0].user, 6, sha256("hello"), until};
    EXPECT_EQ(in([&](tenancy::TenantTx& tx) { return bind_upload(tx, longer); }).value(), 0);
    EXPECT_EQ(read(0, id)->summary.files->awaiting, 2);
    EXPECT_EQ(bind("hello", clock.now()), 1);
    EXPECT_EQ(read(0, id)->summary.files->awaiting, 1);
    // The same bytes in two submissions, and under two names: all of them have come.
    const SubmissionId again = declare("b", {file("a", "other"), file("copy of a", "other")});
    EXPECT_EQ(bind("other", clock.now()), 3);
    EXPECT_TRUE(read(0, id)->summary.files->complete());
    EXPECT_TRUE(read(0, again)->summary.files->complete());
}

TEST_F(SubmissionFiles, GoWithTheirSubmission) {
    const SubmissionId id = declare("a", {file("a", "hello")});
    bind("hello", clock.now());
    const SubmissionFile bound = files(id).at(0);
    const auto stored = in([&](tenancy::TenantTx& tx) { return keep_text(tx, bound, "hello"); });
    ASSERT_TRUE(stored) << stored.error().text();
    EXPECT_EQ(count("submission_file_texts"), "1");
    change("delete from submissions");
    EXPECT_EQ(count("submission_files"), "0");
    EXPECT_EQ(count("submission_file_texts"), "0");
}

} // namespace
} // namespace bw::submissions
