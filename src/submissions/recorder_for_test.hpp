// What the recorder's tests share: two institutions with students and assignments, a real journal,
// a real database, intake and recorder over them.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "roster/import.hpp"
#include "roster/sample.hpp"
#include "submissions/assignments.hpp"
#include "submissions/history.hpp"
#include "submissions/intake.hpp"
#include "submissions/recorder.hpp"
#include "support/installation.hpp"
#include "support/temporary_directory.hpp"

namespace bw::submissions {

class RecorderTest : public ::testing::Test {
protected:
    RecorderTest() {
        journal = *journal::Journal::open(
            {.directory = directory.path(), .segment_bytes = 8 << 20},
            [this](ByteView b) { return key.sign(b); }, clock, rng);
        for (std::size_t i = 0; i < 2; ++i) {
            tenants.push_back(installation.provision("school-" + std::to_string(i)));
            const auto today = std::chrono::floor<std::chrono::days>(
                std::chrono::system_clock::time_point(std::chrono::milliseconds(clock.now().ms)));
            roster::SampleOptions sample{.schools = 1,
                                         .sections = 2,
                                         .students = 6,
                                         .sections_per_student = 2,
                                         .around = today,
                                         .due = {today + std::chrono::days(3)}};
            SeededRng chance(i + 1);
            auto package = roster::Package::open(roster::sample_zip(sample, chance));
            auto seats_here =
                database->run(tenants[i].scope, installation.soon(),
                              [&](tenancy::TenantTx& tx) -> Result<std::vector<Seat>> {
                                  TRY(roster::import(tx, *package, {.clock = clock, .rng = rng}));
                                  TRY(assignments_from_line_items(tx, tenants[i].zone));
                                  return storm_seats(tx);
                              });
            EXPECT_TRUE(seats_here) << seats_here.error().text();
            seats.push_back(*std::move(seats_here));
        }
        installation.refresh(directory_of_tenants);
        intake = std::make_unique<Intake>(
            *journal, key.kid(), ReceiveClock(clock, {0}), [] { return ClockError{}; },
            IntakeOptions{});
        recorder = make_recorder();
    }
    ~RecorderTest() override {
        recorder.reset();
        journal.reset();
        intake.reset();
    }
    std::unique_ptr<Recorder> make_recorder(RecorderOptions options = {}) {
        return std::make_unique<Recorder>(*journal, installation.database(), directory_of_tenants,
                                          key.kid(), clock, options);
    }
    Offer offer(std::size_t tenant, std::size_t seat, std::string key_text,
                std::string content) const {
        const Seat& who = seats[tenant][seat];
        return {tenants[tenant].scope.tenant(),
                who.user,
                who.assignment,
                std::move(key_text),
                std::move(content),
                clock.monotonic()};
    }
    Received accept(Offer offered) {
        std::promise<Result<Received>> promise;
        intake->accept(std::move(offered),
                       [&](Result<Received> outcome) { promise.set_value(std::move(outcome)); });
        auto outcome = promise.get_future().get();
        EXPECT_TRUE(outcome) << outcome.error().text();
        return *std::move(outcome);
    }
    /// As a second intake node would write it: past the index that knows the first.
    void append(const Offer& offered, Instant received_at) {
        Statement s{offered.tenant,
                    offered.user,
                    offered.assignment,
                    offered.idempotency_key,
                    received_at,
                    {},
                    static_cast<std::uint32_t>(offered.content.size()),
                    sha256(offered.content),
                    offered.kind};
        append_raw(encode(s) + offered.content);
    }
    void append_raw(Bytes record) {
        std::promise<Result<journal::Committed>> promise;
        journal->append(std::move(record), [&](Result<journal::Committed> outcome) {
            promise.set_value(std::move(outcome));
        });
        ASSERT_TRUE(promise.get_future().get());
    }
    void record_all() {
        for (;;) {
            auto moved = recorder->step(installation.soon());
            ASSERT_TRUE(moved) << moved.error().text();
            if (*moved == 0)
                return;
        }
    }
    std::optional<SubmissionInFull> read(std::size_t tenant, SubmissionId id) {
        auto found =
            get_submission(*database, tenants[tenant].scope, id, UserId{}, installation.soon());
        EXPECT_TRUE(found) << found.error().text();
        return *found;
    }
    /// Of an assignment of the first institution.
    Result<std::int64_t> set_rules(const Assignment& before, const Rules& rules) {
        Assignment after = before;
        after.rules = rules;
        return database->run(tenants[0].scope, installation.soon(), [&](tenancy::TenantTx& tx) {
            return change_assignment(tx, before, after, before.version);
        });
    }
    /// Of the assignment of the first institution's first seat.
    void limit_attempts(std::uint32_t limit) {
        const Seat& seat = seats[0][0];
        const Assignment before = (*get_assignment(*database, tenants[0].scope, seat.assignment,
                                                   seat.user, installation.soon()))
                                      ->assignment;
        Rules rules = before.rules;
        rules.attempts_limit = limit;
        ASSERT_TRUE(set_rules(before, rules));
    }
    /// "key reason-or-state", by key.
    std::string states() {
        return installation.superuser().value(
            "select string_agg(idempotency_key || ' ' || coalesce(reason, state), ', ' order by "
            "idempotency_key) from submissions");
    }
    std::string count(const std::string& table) {
        return installation.superuser().value("select count(*) from " + table);
    }

    test::Installation installation;
    const Clock& clock = installation.clock();
    SystemRng rng;
    const SigningKey key = SigningKey::make(rng);
    test::TemporaryDirectory directory;
    std::unique_ptr<tenancy::Database> database = installation.database();
    tenancy::TenantDirectory directory_of_tenants;
    std::vector<tenancy::TenantInfo> tenants;
    std::vector<std::vector<Seat>> seats;
    std::unique_ptr<Intake> intake;
    std::unique_ptr<journal::Journal> journal;
    std::unique_ptr<Recorder> recorder;
    std::uint64_t forgotten = 0;
};

} // namespace bw::submissions
