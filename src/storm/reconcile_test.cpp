#include "storm/reconcile.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace bw::storm {

namespace {

constexpr Instant began{1'000'000}, due{1'020'000};

/// A small storm that went well: in time, at the bell, after it, within the clock's doubt, and
/// twice by one student.
struct Storm {
    std::vector<Submitted> submitted;
    std::vector<DueAssignment> assignments;
    std::vector<RecordedRow> rows;

    Storm() {
        SeededRng rng(1);
        for (int a = 0; a < 2; ++a)
            assignments.push_back({AssignmentId::make(began, rng), due});
        struct {
            std::int64_t received_after_due;
            std::optional<std::uint32_t> doubt;
            bool late;
        } const facts[] = {{-9000, {}, false}, {-1, {}, false}, {0, {}, true},
                           {40, 50, false},    {50, 50, true},  {400, 50, true}};
        std::uint32_t n = 0;
        for (const auto& f : facts) {
            const Instant received{due.ms + f.received_after_due};
            const std::uint32_t a = n++ % 2;
            submitted.push_back({SubmissionId::make(began, rng),
                                 UserId::make(began, rng),
                                 a,
                                 sha256(std::to_string(n)),
                                 true,
                                 false,
                                 {{received, {f.doubt}}}});
            rows.push_back({submitted.back().id, assignments[a].id, submitted.back().user,
                            "recorded", received, f.late, submitted.back().content_sha256});
        }
    }
    Reckoning reckon() const { return reconcile(submitted, assignments, rows, began, others); }
    std::uint64_t others = 0;
    RecordedRow stranger(Instant received) const {
        SeededRng rng(99);
        return {SubmissionId::make(began, rng),
                assignments[0].id,
                submitted[0].user,
                "recorded",
                received,
                false,
                {}};
    }
};

TEST(Reconcile, FindsNothingWhereNothingIsWrong) {
    Reckoning r = Storm().reckon();
    EXPECT_TRUE(r.reconciled());
    EXPECT_EQ(r.acknowledged, 6U);
    EXPECT_EQ(r.matched, 6U);
    EXPECT_EQ(r.late, 3U);
    EXPECT_EQ(r.unacknowledged + r.received_before + r.earlier, 0U);
    EXPECT_TRUE(r.examples.empty());
}

/// The negative control of every storm: whatever can be wrong is put into a good one, and is found,
/// and nothing else is.
TEST(Reconcile, FindsWhateverIsWrong) {
    using Spoil = std::function<void(Storm&)>;
    using Counter = std::uint64_t Reckoning::*;
    struct Case {
        const char* name;
        Spoil spoil;
        Counter counter;
    };
    const Case cases[] = {
        {"lost", [](Storm& s) { s.rows.erase(s.rows.begin() + 2); }, &Reckoning::lost},
        {"doubled", [](Storm& s) { s.rows.push_back(s.rows[1]); }, &Reckoning::doubled},
        {"doubled, in another assignment",
         [](Storm& s) {
             s.rows.push_back(s.rows[1]);
             s.rows.back().assignment = s.assignments[0].id;
         },
         &Reckoning::doubled},
        {"other content", [](Storm& s) { s.rows[0].content_sha256[31] ^= 1; },
         &Reckoning::mismatched},
        {"other user", [](Storm& s) { s.rows[0].user = s.rows[1].user; }, &Reckoning::mismatched},
        {"other assignment", [](Storm& s) { s.rows[0].assignment = s.assignments[1].id; },
         &Reckoning::mismatched},
        {"refused", [](Storm& s) { s.rows[0].state = "refused"; }, &Reckoning::mismatched},
        {"received later than its receipt says", [](Storm& s) { s.rows[0].received_at.ms += 1; },
         &Reckoning::mismatched},
        {"received before its receipt says", [](Storm& s) { s.rows[0].received_at.ms -= 1; },
         &Reckoning::mismatched},
        {"received later, after an unanswered attempt",
         [](Storm& s) {
             s.submitted[0].unanswered = true;
             s.rows[0].received_at.ms += 1;
         },
         &Reckoning::mismatched},
        {"not the earliest of two receipts",
         [](Storm& s) { s.submitted[0].proven.push_back({s.rows[0].received_at - 5ms, {}}); },
         &Reckoning::mismatched},
        {"late a millisecond before the bell", [](Storm& s) { s.rows[1].late = true; },
         &Reckoning::mismatched},
        {"in time at the bell", [](Storm& s) { s.rows[2].late = false; }, &Reckoning::mismatched},
        {"late within the clock's doubt", [](Storm& s) { s.rows[3].late = true; },
         &Reckoning::mismatched},
        {"in time at the end of the doubt", [](Storm& s) { s.rows[4].late = false; },
         &Reckoning::mismatched},
        {"the bell was another", [](Storm& s) { s.assignments[0].due_at = due - 10s; },
         &Reckoning::mismatched},
        {"unacknowledged with other content",
         [](Storm& s) {
             s.submitted[0].proven.clear();
             s.rows[0].content_sha256[0] ^= 1;
         },
         &Reckoning::mismatched},
        {"unacknowledged and late before the bell",
         [](Storm& s) {
             s.submitted[1].proven.clear();
             s.rows[1].late = true;
         },
         &Reckoning::mismatched},
        {"never sent",
         [](Storm& s) {
             s.submitted[0].proven.clear();
             s.submitted[0].sent = false;
         },
         &Reckoning::unexpected},
        {"a stranger's", [](Storm& s) { s.rows.push_back(s.stranger(began)); },
         &Reckoning::unexpected},
        {"one stranger's more than was told",
         [](Storm& s) {
             s.others = 1;
             s.rows.push_back(s.stranger(began));
             s.rows.push_back(s.stranger(began));
         },
         &Reckoning::unexpected},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        Storm storm;
        c.spoil(storm);
        Reckoning r = storm.reckon();
        EXPECT_FALSE(r.reconciled());
        EXPECT_GE(r.*c.counter, 1U);
        for (Counter counter : {&Reckoning::lost, &Reckoning::doubled, &Reckoning::mismatched,
                                &Reckoning::unexpected})
            if (counter != c.counter)
                EXPECT_EQ(r.*counter, 0U);
        EXPECT_FALSE(r.examples.empty());
    }
}

TEST(Reconcile, ForgivesWhatACrashBringsWithIt) {
    using Counter = std::uint64_t Reckoning::*;
    struct Case {
        const char* name;
        std::function<void(Storm&)> change;
        Counter counter; // null: nothing to count
    };
    const Case cases[] = {
        {"durable, but the connection died before the receipt",
         [](Storm& s) { s.submitted[0].proven.clear(); }, &Reckoning::unacknowledged},
        {"the row of the unanswered attempt stands",
         [](Storm& s) {
             s.submitted[0].unanswered = true;
             s.rows[0].received_at.ms -= 700;
         },
         &Reckoning::received_before},
        {"the unanswered attempt was in time, the receipt is late",
         [](Storm& s) {
             s.submitted[2].unanswered = true;
             s.rows[2].received_at.ms -= 1;
             s.rows[2].late = false;
         },
         &Reckoning::received_before},
        {"two receipts, the row is the earlier's",
         [](Storm& s) { s.submitted[0].proven.push_back({s.rows[0].received_at + 900ms, {}}); },
         nullptr},
        {"an earlier storm's", [](Storm& s) { s.rows.push_back(s.stranger(began - 1ms)); },
         &Reckoning::earlier},
        {"never acknowledged, never recorded",
         [](Storm& s) {
             s.submitted[0].proven.clear();
             s.rows.erase(s.rows.begin());
         },
         nullptr},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        Storm storm;
        c.change(storm);
        Reckoning r = storm.reckon();
        EXPECT_TRUE(r.reconciled()) << (r.examples.empty() ? "" : r.examples.front());
        if (c.counter)
            EXPECT_EQ(r.*c.counter, 1U);
    }
}

} // namespace

} // namespace bw::storm
