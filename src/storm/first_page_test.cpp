// What a first page must say, as a table; the negative control of the day's pages.
#include "storm/first_page.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/rng.hpp"

namespace bw::storm {
namespace {

struct FirstPageTest : testing::Test {
    SeededRng rng{5};
    const UserId user = UserId::make({1}, rng), other = UserId::make({1}, rng);
    const TenantId tenant = TenantId::make({1}, rng);
    const AssignmentId assignment = AssignmentId::make({1}, rng);
    const SubmissionId submission = SubmissionId::parse("sub_" + std::string(32, 'a')).value();
    const Monotonic told_at{10'000'000'000};
    const Instant due{5'000}, received{4'000};

    std::string body(const std::string& who, const std::string& latest) const {
        return R"({"behind_seconds_max":2,"me":{"user_id":")" + who + R"(","tenant_id":")" +
               tenant.text() + R"("},"assignments":{"data":[{"assignment_id":")" +
               assignment.text() + R"(","title":"new","due_at":")" + to_rfc3339(due) +
               R"(","latest_submission":)" + latest + R"(}],"next":null}})";
    }
    static std::string handed_in(SubmissionId id, Instant at) {
        return R"({"submission_id":")" + id.text() + R"(","received_at":")" + to_rfc3339(at) +
               "\"}";
    }
    FirstPage page() const {
        return *read_first_page(body(user.text(), handed_in(submission, received)), assignment);
    }
    ExpectedPage expected() const {
        return {.user = user,
                .tenant = tenant,
                .has_assignment = true,
                .due_at = Told<Instant>{due, told_at},
                .title = Told<std::string>{"new", told_at},
                .latest = Told<HandedIn>{{submission, received}, told_at}};
    }
};

TEST_F(FirstPageTest, IsRead) {
    const FirstPage read = page();
    EXPECT_EQ(read.user, user);
    EXPECT_EQ(read.behind_max, 2s);
    ASSERT_TRUE(read.assignment);
    EXPECT_EQ(read.assignment->latest->id, submission);
    EXPECT_EQ(read.assignment->latest->received_at, received);
    EXPECT_FALSE(read_first_page(body(user.text(), "null"), assignment)->assignment->latest);
    EXPECT_FALSE(
        read_first_page(body(user.text(), "null"), AssignmentId::make({2}, rng))->assignment);
    for (const std::string& bad : {std::string("{}"), std::string("nonsense"),
                                   body("nobody", "null"), body(user.text(), "{}")})
        EXPECT_FALSE(read_first_page(bad, assignment)) << bad;
}

TEST_F(FirstPageTest, WhatItMayNotSay) {
    struct Row {
        const char* fault; // empty: none
        std::function<void(FirstPage&)> spoil;
    };
    const Row rows[] = {
        {"", [](FirstPage&) {}},
        {"shows another person's data", [&](FirstPage& p) { p.user = other; }},
        {"shows another person's data", [](FirstPage& p) { p.tenant = TenantId(); }},
        {"lacks an assignment", [](FirstPage& p) { p.assignment.reset(); }},
        {"", [](FirstPage& p) { p.assignment.reset(), p.whole = false; }},
        {"shows a due instant that is no more", [](FirstPage& p) { p.assignment->due_at = {1}; }},
        {"shows a title that is no more", [](FirstPage& p) { p.assignment->title = "old"; }},
        {"does not show what was handed in", [](FirstPage& p) { p.assignment->latest.reset(); }},
        {"does not show what was handed in",
         [](FirstPage& p) { p.assignment->latest->received_at = {3'999}; }},
        {"does not show what was handed in",
         [](FirstPage& p) { p.assignment->latest->id = SubmissionId(); }},
        {"", [](FirstPage& p) { p.assignment->latest = {SubmissionId(), {4'001}}; }}, // a later one
    };
    for (const Row& row : rows) {
        FirstPage spoilt = page();
        row.spoil(spoilt);
        EXPECT_EQ(fault_of(spoilt, expected(), told_at + 2s + 1ms), row.fault);
    }
}

TEST_F(FirstPageTest, MayBeBehindForAsLongAsItSays) {
    FirstPage old = page();
    old.assignment->title = "old";
    old.assignment->latest.reset();
    EXPECT_EQ(fault_of(old, expected(), told_at + 2s), "");
    EXPECT_NE(fault_of(old, expected(), told_at + 2s + 1ms), "");
    old.behind_max = 10s;
    EXPECT_EQ(fault_of(old, expected(), told_at + 3s), "");
}

} // namespace
} // namespace bw::storm
