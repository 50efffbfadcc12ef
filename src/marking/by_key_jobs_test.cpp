// What students hand in is marked by a job, once it was recorded.
#include <gtest/gtest.h>

#include "jobs/worker.hpp"
#include "marking/by_key_jobs.hpp"
#include "marking/school_for_test.hpp"

namespace bw::marking {
namespace {

struct ByKeyJobs : School {
    tenancy::TenantDirectory directory;
    SystemClock wall; // the worker's
    jobs::Worker worker{[this] { return installation.database(); },
                        directory,
                        {by_key_kind(pseudonyms, wall)},
                        wall,
                        installation.rng()};

    void SetUp() override {
        School::SetUp();
        installation.refresh(directory);
        ASSERT_TRUE(worker.keep());
    }
    std::string jobs_waiting() {
        return installation.superuser().value("select count(*) from jobs");
    }
    void recorded(std::vector<AssignmentId> assignments, Instant now) {
        ASSERT_TRUE(in([&](tenancy::TenantTx& tx) {
            return jobs::enqueue_all(tx, mark_by_key_later(assignments, now), wall,
                                     installation.rng());
        }));
    }
    std::size_t work_off() {
        installation.superuser().run("update jobs set due_at = now()");
        std::size_t all = 0;
        for (std::size_t done = 1; done > 0; all += done)
            done = worker.step().value_or(0);
        return all;
    }
};

TEST_F(ByKeyJobs, OnePassForAllThatIsRecordedWithinAMinute) {
    const Instant noon{1'795'424'340'000 / 60'000 * 60'000};
    recorded({quiz, quiz, essay}, noon);
    recorded({quiz}, noon + 59'999ms);
    EXPECT_EQ(jobs_waiting(), "2");
    recorded({quiz}, noon + 60s);
    EXPECT_EQ(jobs_waiting(), "3");
}

TEST_F(ByKeyJobs, MarksByTheKeyAndLeavesAloneWhatHasNone) {
    hand_in(quiz, ada, R"({"q": "Paris", "w": "w"})");
    recorded({quiz, essay}, clock.now());
    EXPECT_EQ(work_off(), 2u) << "nothing says how: done, and no dead letter";
    EXPECT_EQ(count("marks"), "0");
    Marking marking{.scheme = {.key = *read_answer_key(
                                   R"([{"id": "q", "points": 3, "accepted": ["paris"]},
                                       {"id": "w", "points": 2, "accepted": ["w"]}])",
                                   "")}};
    marking.scheme.points_max = Points{500};
    set(quiz, marking);
    recorded({quiz}, clock.now());
    EXPECT_EQ(work_off(), 1u);
    EXPECT_EQ(count("marks"), "1");
    EXPECT_EQ(installation.superuser().value("select points from marks"), "500");
    EXPECT_EQ(installation.superuser().value("select count(*) from jobs"), "0");
}

} // namespace
} // namespace bw::marking
