// Attempts in batches against one at a time: whatever comes twice, late, or beside others, each is
// judged by those that were received before it, and what stands stays.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/rng.hpp"
#include "submissions/judge.hpp"

namespace bw::submissions {
namespace {

constexpr Instant due{1'000'000};

struct Came {
    std::string key;
    std::uint8_t student = 0;
    AttemptOrder place;
    std::string content;
};

struct Row {
    std::uint8_t student = 0;
    bool recorded = false;
    std::string content;
    AttemptOrder place;
};
using Table = std::map<std::string, Row>;

/// Others of the same student's.
std::uint64_t recorded_before(const Table& table, const Came& came) {
    return static_cast<std::uint64_t>(std::ranges::count_if(table, [&](const auto& entry) {
        const auto& [key, row] = entry;
        return row.recorded && row.student == came.student && row.place < came.place &&
               key != came.key;
    }));
}

/// Keeps the place of what came again, equal and earlier, as the database does.
void move_if_earlier(Row& row, const Came& came) {
    if (row.content == came.content && came.place.received_at < row.place.received_at)
        row.place = came.place;
}

/// The plain rule: in the order of their places, each looks at the table as it is by then.
Table one_at_a_time(Table table, std::vector<Came> batch, std::uint32_t limit) {
    auto place_of = [&](const Came& came) {
        auto at = table.find(came.key);
        if (at == table.end())
            return came.place;
        Row row = at->second;
        move_if_earlier(row, came);
        return row.place;
    };
    std::map<std::string, AttemptOrder> places;
    for (const Came& came : batch)
        places[came.key] = place_of(came);
    std::ranges::sort(batch, {}, [&](const Came& came) { return places[came.key]; });
    // Those that are moved forward stand where they are moved to before anybody looks.
    for (const Came& came : batch)
        if (auto at = table.find(came.key); at != table.end())
            move_if_earlier(at->second, came);
    for (const Came& came : batch)
        if (!table.contains(came.key)) {
            const auto before = recorded_before(table, came);
            table[came.key] = {came.student, before < limit, came.content, came.place};
        }
    return table;
}

/// What the recorder does: facts of what stands, then judge_batch.
Table in_one_batch(Table table, const std::vector<Came>& batch, std::uint32_t limit) {
    std::vector<Statement> statements(batch.size());
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; const Came& came : batch) {
        Statement& s = statements[i++];
        s.user.uuid[0] = came.student;
        s.received_at = came.place.received_at;
        s.content_sha256 = sha256(came.content);
        Candidate& c = candidates.emplace_back(
            Candidate{.statement = &s,
                      .content = came.content,
                      .place = came.place,
                      .facts = {.rules = Rules{.due_at = due, .attempts_limit = limit},
                                .enrolled = true,
                                .earlier_attempts = recorded_before(table, came)}});
        if (auto at = table.find(came.key); at != table.end())
            c.standing =
                Standing{at->second.recorded, sha256(at->second.content), at->second.place};
    }
    const std::vector<Verdict> verdicts = judge_batch(candidates);
    for (std::size_t i = 0; const Came& came : batch) {
        const Verdict& verdict = verdicts[i++];
        if (auto at = table.find(came.key); at != table.end())
            move_if_earlier(at->second, came);
        else
            table[came.key] = {came.student, !verdict.refused, came.content, came.place};
    }
    return table;
}

std::string shown(const Table& table) {
    std::string out;
    for (const auto& [key, row] : table)
        out += key + (row.recorded ? " recorded, " : " attempts_used, ");
    return out;
}

TEST(Attempts, OfABatchAreJudgedAsOneAtATime) {
    SeededRng rng(5);
    auto dice = [&](std::uint64_t sides) { return rng.u64() % sides; };
    int again = 0, moved = 0, late_comers = 0;
    for (int life = 0; life < 3'000; ++life) {
        const auto limit = static_cast<std::uint32_t>(1 + dice(3));
        Table table;
        std::int64_t seq = 0;
        for (int batch_number = 0; batch_number < 5; ++batch_number) {
            std::vector<Came> batch;
            for (std::uint64_t n = 1 + dice(5); n > 0; --n) {
                const auto student = static_cast<std::uint8_t>(dice(2));
                Came came{std::string(1, static_cast<char>('a' + student)) +
                              std::to_string(dice(7)),
                          student,
                          {Instant{static_cast<std::int64_t>(dice(20))},
                           static_cast<std::int64_t>(dice(2)), ++seq},
                          dice(6) == 0 ? "other" : "content"};
                if (std::ranges::find(batch, came.key, &Came::key) == batch.end())
                    batch.push_back(std::move(came));
            }
            const Table expected = one_at_a_time(table, batch, limit);
            const Table after = in_one_batch(table, batch, limit);
            ASSERT_EQ(shown(after), shown(expected)) << "life " << life;
            for (const auto& [key, row] : table) {
                ASSERT_EQ(after.at(key).recorded, row.recorded) << "a terminal state flipped";
                moved += after.at(key).place < row.place;
            }
            for (const Came& came : batch)
                again += table.contains(came.key);
            table = after;
        }
        late_comers += std::ranges::count_if(table, [](const auto& e) {
                           return e.second.recorded;
                       }) > 2 * static_cast<std::int64_t>(limit);
    }
    EXPECT_GT(again, 1'000) << "the dice met too few retries";
    EXPECT_GT(moved, 300);
    EXPECT_GT(late_comers, 30) << "earlier ones that came late and were taken beside the others";
}

TEST(Attempts, AppliedInTheirOrderNeverExceedTheLimit) {
    SeededRng rng(6);
    for (int life = 0; life < 500; ++life) {
        const auto limit = static_cast<std::uint32_t>(1 + rng.u64() % 3);
        Table table;
        for (std::int64_t n = 0; n < 12;) {
            std::vector<Came> batch;
            for (std::uint64_t size = 1 + rng.u64() % 4; size > 0; --size, ++n)
                batch.push_back({"k" + std::to_string(n), 0, {Instant{n}, 0, n}, "content"});
            table = in_one_batch(std::move(table), batch, limit);
        }
        ASSERT_EQ(std::ranges::count_if(table, [](const auto& e) { return e.second.recorded; }),
                  limit);
    }
}

} // namespace
} // namespace bw::submissions
