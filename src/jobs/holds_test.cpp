// What is left behind, and what only seems to be.
#include "jobs/holds.hpp"

#include <gtest/gtest.h>

namespace bw::jobs {
namespace {

class LeftBehind : public testing::Test {
protected:
    static JobId job(int n) {
        JobId id{};
        id.uuid[15] = static_cast<unsigned char>(n);
        return id;
    }
    /// The jobs that are told when the database shows these, claimed at `lease`.
    std::vector<JobId> look(std::initializer_list<int> running, std::int64_t lease = 1) {
        std::vector<Holds::Seen> seen;
        for (int n : running)
            seen.push_back({{}, job(n), Instant{lease}});
        std::vector<JobId> out;
        for (const Holds::Seen& one : holds_.left_behind(seen))
            out.push_back(one.job);
        return out;
    }
    void claim(std::initializer_list<int> jobs) { hear(holds_.begin(), jobs); }
    void hear(Holds::Claim claim, std::initializer_list<int> jobs) {
        std::vector<JobId> ids;
        for (int n : jobs)
            ids.push_back(job(n));
        holds_.claimed(claim, ids);
    }
    void let_go(int n) {
        const JobId id = job(n);
        holds_.let_go({&id, 1});
    }
    using Jobs = std::vector<JobId>;
    Holds holds_;
};

TEST_F(LeftBehind, IsToldAtTheSecondLook) {
    EXPECT_EQ(look({1}), Jobs());
    EXPECT_EQ(look({1}), Jobs{job(1)});
    EXPECT_EQ(look({1}), Jobs{job(1)}) << "handing it back failed: told again";
}

TEST_F(LeftBehind, WhatAThreadHasIsNot) {
    claim({1, 2});
    look({1, 2});
    EXPECT_EQ(look({1, 2}), Jobs());
    let_go(1); // and the database did not hear of its end
    look({1, 2});
    EXPECT_EQ(look({1, 2}), Jobs{job(1)});
}

TEST_F(LeftBehind, WhatAClaimIsAboutToBringIsNot) {
    const Holds::Claim slow = holds_.begin();
    look({1}); // committed, and its answer is on the way
    EXPECT_EQ(look({1}), Jobs());
    hear(slow, {1});
    EXPECT_EQ(look({1}), Jobs());
}

TEST_F(LeftBehind, AClaimWhoseAnswerIsLostLeavesItsJobs) {
    const Holds::Claim lost = holds_.begin();
    look({1});
    hear(lost, {});
    const Holds::Claim later = holds_.begin(); // cannot have brought it
    EXPECT_EQ(look({1}), Jobs{job(1)});
    hear(later, {});
}

TEST_F(LeftBehind, ASecondClaimIsAnotherDoubt) {
    look({1}, 1);
    EXPECT_EQ(look({1}, 2), Jobs()) << "it ended, and was claimed anew between the looks";
    EXPECT_EQ(look({1}, 2), Jobs{job(1)});
}

TEST_F(LeftBehind, WhatWasLostAndClaimedAgainIsHeldUntilBothHaveLetGo) {
    claim({1});
    claim({1});
    let_go(1);
    look({1});
    EXPECT_EQ(look({1}), Jobs());
    let_go(1);
    look({1});
    EXPECT_EQ(look({1}), Jobs{job(1)});
}

TEST_F(LeftBehind, WhatHasEndedIsForgotten) {
    look({1});
    look({});
    EXPECT_EQ(look({1}), Jobs());
}

} // namespace
} // namespace bw::jobs
