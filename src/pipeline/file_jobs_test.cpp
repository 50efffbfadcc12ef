// Files that are handed in, against a real database, a real store and a real clamd: bytes and
// declarations find each other in any order, are looked at, and are read.
#include "pipeline/file_jobs.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "files/uploads_for_test.hpp"
#include "jobs/worker.hpp"
#include "pipeline/clamd_for_test.hpp"
#include "pipeline/essays_for_test.hpp"
#include "pipeline/similarity_for_test.hpp"
#include "pipeline/similarity_jobs.hpp"
#include "submissions/submission_files.hpp"

namespace bw::pipeline {
namespace {

using submissions::FileState;
using submissions::SubmissionFile;

class FileJobsTest : public files::Uploads {
protected:
    void SetUp() override {
        files::Uploads::SetUp();
        installation.refresh(directory_of_tenants);
        room.ask_for_files(essay);
        until = clock.now() + 24h;
        look_with("");
    }

    void look_with(const std::string& clamd, Extractors extractors = {}) {
        if (clamd.empty())
            extractors.own_program = BW_EXTRACT_PROGRAM;
        work.emplace(FileWork{*store, clock, rng, clamd, extractors});
        worker = make_worker();
    }
    std::unique_ptr<jobs::Worker> make_worker() {
        std::vector<jobs::Kind> kinds = file_kinds(*work);
        for (jobs::Kind& kind : similarity_kinds(clock, rng))
            kinds.push_back(std::move(kind));
        auto made =
            std::make_unique<jobs::Worker>([this] { return installation.database(); },
                                           directory_of_tenants, std::move(kinds), real_clock, rng);
        EXPECT_TRUE(made->keep());
        return made;
    }
    static void do_all(jobs::Worker& with) {
        for (std::size_t n = 1; n > 0;) {
            auto done = with.step();
            ASSERT_TRUE(done) << done.error().text();
            n = *done;
        }
    }
    void do_all() { do_all(*worker); }
    void everything_is_due() {
        installation.superuser().run("update jobs set due_at = now() where state <> 'discarded'");
    }

    /// As the recorder leaves it, with its jobs.
    SubmissionId declare(const std::vector<std::string>& contents, std::optional<UserId> user = {},
                         tenancy::Database* through = nullptr) {
        std::vector<submissions::DeclaredFile> declared;
        for (const std::string& bytes : contents)
            declared.push_back({"file " + std::to_string(declared.size()), bytes.size(),
                                "text/plain", sha256(bytes)});
        const std::string content = submissions::declaration_of(declared);
        const SubmissionId id = room.hand_in(essay, user.value_or(ada), content, "file");
        auto done = (through ? *through : *database)
                        .run(north.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
                            const submissions::Declaration declaration{id, sha256(content),
                                                                       declared, until};
                            const tenancy::Step rows = submissions::declare_step({&declaration, 1});
                            const tenancy::Step later = jobs::enqueue_step(
                                tx.tenant(), jobs_after({.files = {id}}), clock, rng);
                            TRY(tx.run({rows, later}));
                            return {};
                        });
        EXPECT_TRUE(done) << done.error().text();
        return id;
    }
    files::Upload upload(const std::string& bytes, std::optional<UserId> user = {}) {
        files::Upload plan = planned(bytes.size());
        plan.sha256 = sha256(bytes);
        plan.owner = user.value_or(ada);
        EXPECT_TRUE(make(plan));
        auto done = all_sent(plan, bytes);
        EXPECT_TRUE(done) << done.error().text();
        return plan;
    }
    std::vector<SubmissionFile> files_of(SubmissionId id) {
        return in(north, [&](tenancy::TenantTx& tx) { return submissions::files_of(tx, id); })
            .value();
    }
    SubmissionFile file_of(SubmissionId id) { return files_of(id).at(0); }
    std::string state_of(SubmissionId id) { return std::string(wire_name(file_of(id).state)); }
    std::string jobs_with(const std::string& condition) {
        return value("select count(*) from jobs where " + condition);
    }

    SystemClock real_clock;
    SystemRng rng;
    Classroom room{installation.superuser(), north, rng};
    AssignmentId essay = room.assign();
    tenancy::TenantDirectory directory_of_tenants;
    Instant until;
    std::optional<FileWork> work;
    std::unique_ptr<jobs::Worker> worker;
};

// ---- bytes and declarations find each other ----

TEST_F(FileJobsTest, BytesAreFoundWhicheverComesFirst) {
    const files::Upload before = upload("hello");
    do_all();
    const SubmissionId first = declare({"hello", "other"});
    do_all();
    EXPECT_EQ(file_of(first).upload, before.id.uuid);
    EXPECT_EQ(wire_name(files_of(first).at(1).state), "awaiting");
    upload("other");
    do_all();
    EXPECT_EQ(wire_name(files_of(first).at(1).state), "not_scanned");
    EXPECT_EQ(value("select bool_and(held and expires_at is null) from uploads"), "t");
    EXPECT_EQ(jobs_with("error is not null"), "0");

    upload("somebody's", bob);
    upload("hell0");
    const SubmissionId second = declare({"somebody's", "hello"});
    do_all();
    EXPECT_EQ(state_of(second), "awaiting") << "bytes of somebody else";
    EXPECT_EQ(files_of(second).at(1).upload, before.id.uuid) << "the same bytes once more";
}

/// The upload is completed and the declaration recorded at once, while two workers do whatever
/// they find.
TEST_F(FileJobsTest, BytesAreFoundWhenBothComeAtOnce) {
    constexpr int rounds = 25;
    std::vector<SubmissionId> all(rounds);
    auto other_worker = make_worker();
    std::atomic<bool> over = false;
    {
        auto work_on = [&](jobs::Worker& with) {
            while (!over)
                do_all(with);
        };
        const std::jthread one([&] { work_on(*worker); }), two([&] { work_on(*other_worker); });
        auto second = installation.database();
        for (int i = 0; i < rounds; ++i) {
            const std::string bytes = "hello " + std::to_string(i);
            files::Upload plan = planned(bytes.size());
            plan.sha256 = sha256(bytes);
            ASSERT_TRUE(make(plan));
            auto w = writer(plan, 0);
            ASSERT_TRUE(w->take(bytes, *database));
            const auto ended = w->end(files::Writer::End::whole, *database);
            const std::jthread completes([&] {
                EXPECT_TRUE(complete(parts, *database, north.scope, *ended, sha256(bytes)));
            });
            all[static_cast<std::size_t>(i)] = declare({bytes}, {}, second.get());
        }
        over = true;
    }
    do_all();
    for (const SubmissionId id : all)
        EXPECT_EQ(state_of(id), "not_scanned");
    EXPECT_EQ(jobs_with("state = 'discarded'"), "0");
    EXPECT_EQ(value("select count(distinct upload_id) from submission_files"),
              std::to_string(rounds));
}

TEST_F(FileJobsTest, WhatDoesNotComeInTheGraceIsMissingAndWhatComesLaterIsLate) {
    const SubmissionId id = declare({"hello"});
    do_all();
    EXPECT_EQ(jobs_with("kind = 'submission.files_due' and due_at > now() + interval '23 hours'"),
              "1");
    clock.advance(24h - 1ms);
    everything_is_due();
    do_all();
    EXPECT_EQ(state_of(id), "awaiting") << "a worker whose clock is early does nothing early";
    clock.advance(1ms);
    everything_is_due();
    do_all();
    EXPECT_EQ(state_of(id), "missing");
    EXPECT_EQ(jobs_with("true"), "0") << "nothing is left to do";
    upload("hello");
    do_all();
    EXPECT_EQ(state_of(id), "not_scanned");
    EXPECT_TRUE(file_of(id).late());
}

TEST_F(FileJobsTest, BytesThatCameInTimeAreInTimeHoweverLateTheirJobIs) {
    const SubmissionId id = declare({"hello"});
    do_all();
    clock.advance(24h - 1ms);
    upload("hello");
    installation.superuser().run("update jobs set due_at = now() + interval '1 day', state = "
                                 "'scheduled' where kind = 'file.arrived'");
    clock.advance(1h);
    installation.superuser().run(
        "update jobs set due_at = now() where kind = 'submission.files_due'");
    do_all();
    EXPECT_EQ(state_of(id), "not_scanned") << "the end of the grace looks once more";
    EXPECT_FALSE(file_of(id).late());
    everything_is_due();
    do_all();
    EXPECT_EQ(jobs_with("error is not null"), "0");

    // And where it is called missing first, it is not called late.
    const SubmissionId other = declare({"other"});
    upload("other");
    installation.superuser().run("update submission_files set upload_until = now() + interval '90 "
                                 "years', state = 'missing' where state = 'awaiting'");
    do_all();
    EXPECT_EQ(state_of(other), "not_scanned");
    EXPECT_FALSE(file_of(other).late());
}

TEST_F(FileJobsTest, WhatIsBoundStaysUntilItsPersonIsErased) {
    const SubmissionId id = declare({"hello"});
    const files::Upload bytes = upload("hello");
    do_all();
    files::Sweeper sweeper(parts, installation.database(), directory_of_tenants);
    pass(1000 * 24h);
    EXPECT_EQ(sweeper.step(), 0);
    EXPECT_EQ(content(bytes), "hello");
    room.run("delete from submissions where submission_id = '" + to_text(id.uuid) + "'");
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return files::remove_all_of(tx, ada); }));
    EXPECT_EQ(sweeper.step(), 1);
    EXPECT_EQ(objects(), 0U);
}

// ---- the virus scan ----

class ScanTest : public FileJobsTest {
protected:
    void SetUp() override {
        if (!ClamdForTest::there())
            GTEST_SKIP() << "NOT TESTED: there is no clamd (clamav-daemon)";
        FileJobsTest::SetUp();
        clamd.start();
        look_with(clamd.address(), {.own_program = BW_EXTRACT_PROGRAM});
    }
    ClamdForTest clamd;
};

TEST_F(ScanTest, TellsCleanFromInfectedAndInfectedGoesNowhere) {
    const SubmissionId good = declare({"harmless"}),
                       bad = declare({std::string("a ") + ClamdForTest::marker + " z"});
    upload("harmless");
    const files::Upload evil = upload(std::string("a ") + ClamdForTest::marker + " z");
    do_all();
    EXPECT_EQ(state_of(good), "clean");
    EXPECT_EQ(state_of(bad), "infected");
    EXPECT_EQ(file_of(bad).finding, ClamdForTest::finding);
    EXPECT_EQ(file_of(good).has_text, true);
    EXPECT_FALSE(file_of(bad).has_text) << "nobody reads it";
    const auto withheld =
        in(north, [&](tenancy::TenantTx& tx) { return files::find(tx, evil.id); });
    EXPECT_TRUE((*withheld)->withheld);
    EXPECT_EQ(value("select subject from audit_events where action = 'submission_file.infected'"),
              file_of(bad).id.text());
    // Handed in again it is found again.
    const SubmissionId again = declare({std::string("a ") + ClamdForTest::marker + " z"});
    do_all();
    EXPECT_EQ(state_of(again), "infected");
}

TEST_F(ScanTest, WhileTheScannerIsAwayWorkWaitsAndNothingIsClean) {
    clamd.stop();
    const SubmissionId id = declare({"harmless"});
    upload("harmless");
    do_all();
    EXPECT_EQ(state_of(id), "arrived");
    EXPECT_EQ(jobs_with("kind = 'file.scan' and state = 'scheduled' and attempt = 0"), "1")
        << "put off, and the attempt does not count";
    for (int i = 0; i < 30; ++i) { // for longer than attempts would last
        everything_is_due();
        do_all();
    }
    EXPECT_EQ(state_of(id), "arrived");
    clamd.start();
    everything_is_due();
    do_all();
    EXPECT_EQ(state_of(id), "clean");
}

TEST_F(ScanTest, OneThatDiesMidwayHasFoundNothing) {
    const std::string bytes(ClamdForTest::stream_bytes_limit - 1000, 'x');
    const SubmissionId id = declare({bytes});
    upload(bytes);
    ::kill(clamd.pid(), SIGSTOP); // takes no more than its socket holds
    std::atomic<bool> done = false;
    {
        const std::jthread scans([&] {
            do_all();
            done = true;
        });
        while (value("select count(*) from jobs where kind = 'file.scan' and state = 'running'") ==
               "0")
            ASSERT_FALSE(done);
        clamd.stop();
    }
    EXPECT_EQ(state_of(id), "arrived");
    clamd.start();
    everything_is_due();
    do_all();
    EXPECT_EQ(state_of(id), "clean");
}

TEST_F(ScanTest, WhatIsLargerThanTheScannerTakesIsNotCalledClean) {
    const std::string bytes(2 * ClamdForTest::stream_bytes_limit, 'x');
    const SubmissionId id = declare({bytes});
    upload(bytes);
    do_all();
    EXPECT_EQ(state_of(id), "not_scanned");
    EXPECT_EQ(file_of(id).finding, "larger than the virus scan takes");
}

// ---- text ----

TEST_F(FileJobsTest, TextsOfFilesAreComparedWhereTheirTeachersAskForIt) {
    Essays essays(5);
    const std::string text = Essays::text(essays.write(60));
    const SubmissionId one = declare({text, "a cover sheet"}, ada);
    upload(text, ada);
    do_all();
    EXPECT_EQ(value("select count(*) from similarity_texts"), "1") << "what has come is compared";
    upload("a cover sheet", ada);
    const SubmissionId other = declare({"Copied. " + text}, bob);
    upload("Copied. " + text, bob);
    do_all();
    EXPECT_EQ(jobs_with("error is not null"), "0");
    EXPECT_EQ(value("select count(*) from similarity_matches where score > 900"), "2");
    EXPECT_EQ(file_of(one).has_text, true);
    const auto report =
        in(north, [&](tenancy::TenantTx& tx) { return report_of(tx, one, UserId{}, true, 0, 10); });
    ASSERT_EQ(report->matches.size(), 1U);
    EXPECT_EQ(report->matches[0].other, other);
    EXPECT_EQ(report->matches[0].other_text, "Copied. " + text);
    EXPECT_EQ(report->text, text + "\n\na cover sheet");
    const Span& span = report->matches[0].spans.at(0);
    EXPECT_EQ(ByteView(report->text).substr(span.here.byte, span.here.bytes),
              ByteView(*report->matches[0].other_text).substr(span.there.byte, span.there.bytes));
}

TEST_F(FileJobsTest, NothingIsComparedWhereNobodyAsksForIt) {
    room.run("update assignments set similarity = false");
    const SubmissionId id = declare({"hello"});
    upload("hello");
    do_all();
    EXPECT_EQ(file_of(id).has_text, true);
    EXPECT_EQ(value("select count(*) from similarity_texts"), "0");
}

TEST_F(FileJobsTest, AFileWithoutATextIsToldAndNotTriedAgain) {
    struct Case {
        std::string bytes, problem;
    };
    const Case cases[] = {
        {"%PDF-1.4\nnot much of one", "the file cannot be read: it is damaged"},
        {std::string("PK\3\4 neither", 12), "the file cannot be read: it is damaged"},
        {std::string("\0\1\2 an image", 12),
         "text is read from PDF, DOCX and plain text in UTF-8, and this is none of them"},
        {std::string(5UL << 20, 'x'), "the file is larger than plain texts that are looked at"},
        {std::string(2UL << 20, 'x'), "the file holds more text than is looked at"},
    };
    for (const Case& c : cases) {
        const SubmissionId id = declare({c.bytes});
        upload(c.bytes);
        do_all();
        EXPECT_EQ(file_of(id).has_text, false) << c.problem;
        EXPECT_EQ(file_of(id).text_problem, c.problem);
        EXPECT_EQ(state_of(id), "not_scanned") << "it is handed in all the same";
    }
    EXPECT_EQ(jobs_with("kind = 'file.extract'"), "0");
}

TEST_F(FileJobsTest, AReaderThatNeverEndsIsEndedAndTold) {
    look_with("", {.time_limit = 1ms}); // less than a program needs to begin
    const SubmissionId id = declare({"%PDF-1.4"});
    upload("%PDF-1.4");
    do_all();
    EXPECT_EQ(file_of(id).text_problem, "the file cannot be read: that takes too long");
    EXPECT_EQ(jobs_with("kind = 'file.extract'"), "0");
}

} // namespace
} // namespace bw::pipeline
