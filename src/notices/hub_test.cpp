// Who hears of what, and when, without HTTP: listeners that write down what they are told,
// questions asked by hand.
#include "notices/hub.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "notices/school_for_test.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::notices {
namespace {

/// "announcement announcement ready": the names of what it was told.
struct Heard {
    std::string names;
    std::vector<std::string> positions, data;
    bool alive = true;
};

class Writer final : public Listener {
public:
    explicit Writer(std::shared_ptr<Heard> heard) : heard_(std::move(heard)) {}
    ~Writer() override { heard_->alive = false; }
    void tell(const Told& told) override {
        heard_->names += (heard_->names.empty() ? "" : " ") + std::string(told.name);
        heard_->positions.emplace_back(told.position);
        heard_->data.emplace_back(told.data);
    }

private:
    std::shared_ptr<Heard> heard_; // shared with the test
};

struct Listeners : School {
    const SigningKey key = SigningKey::make(installation.rng());
    tenancy::KeyRing ring{key};
    tenancy::Revocations revocations;
    tenancy::TokenVerifier verifier{"test",      ring,  directory,
                                    revocations, clock, installation.rng()};
    tenancy::DatabaseLane lane{lane::Budget{.name = "api", .threads = 0}, clock,
                               [this] { return installation.database("bw_app", "hub"); }};
    std::unique_ptr<Hub> hub = make();
    void TearDown() override {
        hub->stop();
        lane.stop(); // what still waits hears so, and answers to the hub
    }

    std::unique_ptr<Hub> make(HubOptions options = {}) {
        return std::make_unique<Hub>(lane, verifier, directory, clock, installation.rng(), options);
    }
    tenancy::Principal principal(UserId user, const tenancy::TenantInfo& at) {
        const std::string token = tenancy::sign_token(
            {"test", at.scope.tenant(), user, AuthSessionId::make(clock.now(), installation.rng()),
             tenancy::Role::student, clock.now(), clock.now() + 1h, clock.now() + 40min},
            key);
        auto verified = verifier.verify(token);
        EXPECT_TRUE(verified) << verified.error().text();
        return *verified;
    }
    /// Every question that waits is answered.
    void answer() {
        while (lane.run_one()) {
        }
    }
    struct Joined {
        Hub::Key key = 0;
        std::shared_ptr<Heard> heard;
        tenancy::Principal principal;
    };
    Joined join(UserId user, std::optional<Position> after = {},
                const tenancy::TenantInfo* at = nullptr) {
        const tenancy::Principal who = principal(user, at ? *at : north);
        auto key_of = hub->reserve(who);
        EXPECT_TRUE(key_of) << key_of.error().text();
        auto heard = std::make_shared<Heard>();
        hub->attach(*key_of, after, std::make_unique<Writer>(heard));
        return {*key_of, heard, who};
    }
    void news() {
        hub->news(north.scope.tenant());
        answer();
    }
};

TEST_F(Listeners, WhoeverItIsForHearsItAndNobodyElse) {
    const auto a = join(ada), again = join(ada), b = join(bob), c = join(cyd), t = join(tess),
               souths = join(ada, {}, &south);
    answer();
    for (const auto& one : {a, again, b, c, t, souths})
        EXPECT_EQ(one.heard->names, "ready");
    tell(ada);
    announce(section);
    news();
    EXPECT_EQ(a.heard->names, "ready grade_released announcement");
    EXPECT_EQ(again.heard->names, "ready grade_released announcement") << "in each of her tabs";
    EXPECT_EQ(b.heard->names, "ready announcement");
    EXPECT_EQ(c.heard->names, "ready");
    EXPECT_EQ(t.heard->names, "ready");
    EXPECT_EQ(souths.heard->names, "ready");
    tell(ada, &south);
    hub->news(std::nullopt);
    answer();
    EXPECT_EQ(souths.heard->names, "ready grade_released");
    EXPECT_EQ(a.heard->names, "ready grade_released announcement");
    EXPECT_NE(a.heard->data[1].find(AssignmentId{essay}.text()), std::string::npos);
}

TEST_F(Listeners, WhoReturnsMissesNothingAndHearsNothingTwice) {
    const auto first = join(ada);
    answer();
    tell(ada);
    announce(section);
    news();
    const auto [at_ready, at_first, at_last] = std::array{
        *Position::parse(first.heard->positions[0]), *Position::parse(first.heard->positions[1]),
        *Position::parse(first.heard->positions[2])};
    hub->leave(first.key);
    tell(bob);
    tell(ada);
    const auto none = join(ada, at_ready), one = join(ada, at_first), two = join(ada, at_last);
    answer();
    EXPECT_EQ(none.heard->names, "grade_released announcement grade_released ready");
    EXPECT_EQ(one.heard->names, "announcement grade_released ready");
    EXPECT_EQ(two.heard->names, "grade_released ready");
    tell(ada);
    news();
    news();
    EXPECT_EQ(two.heard->names, "grade_released ready grade_released");
    const auto last = Position::parse(two.heard->positions.back());
    ASSERT_TRUE(last);
    const auto late = join(ada, last);
    answer();
    EXPECT_EQ(late.heard->names, "ready");
}

TEST_F(Listeners, WhatDoesNotFitOneAnswerComesWithTheNext) {
    hub = make({.news_at_once = 2, .newcomers_at_once = 1, .missed_at_once = 2});
    for (int i = 0; i < 5; ++i)
        i % 2 == 0 ? tell(ada) : announce(section);
    const auto a = join(ada, Position{}), b = join(bob, Position{});
    answer();
    EXPECT_EQ(a.heard->names,
              "grade_released announcement grade_released announcement grade_released ready");
    EXPECT_EQ(b.heard->names, "announcement announcement ready");
    for (int i = 0; i < 5; ++i)
        announce(section);
    news();
    EXPECT_EQ(b.heard->names, "announcement announcement ready announcement announcement "
                              "announcement announcement announcement");
    EXPECT_TRUE(std::ranges::is_sorted(
        b.heard->positions, {}, [](const std::string& text) { return *Position::parse(text); }));
}

TEST_F(Listeners, OneQuestionIsForAllOfAnInstitution) {
    std::string students;
    for (int i = 0; i < 300; ++i)
        students += person(fmt::format("{:x}", 0x1000 + i), "4", "student");
    run(north, students);
    std::vector<Joined> all;
    for (int i = 0; i < 300; ++i)
        all.push_back(join(UserId{uuid(fmt::format("{:x}", 0x1000 + i))}));
    answer();
    EXPECT_LE(hub->status().questions, 3U) << "200 newcomers at once";
    const std::uint64_t before = hub->status().questions;
    announce(section);
    news();
    EXPECT_EQ(hub->status().questions, before + 1);
    for (const Joined& one : all)
        EXPECT_EQ(one.heard->names, "ready announcement");
    clock.advance(1h - 2s);
    hub->tick();
    answer();
    const std::uint64_t looked = hub->status().questions;
    for (int i = 0; i < 10; ++i)
        hub->tick();
    EXPECT_EQ(hub->status().questions, looked) << "who waits costs no question";
}

TEST_F(Listeners, WhatNobodySaidIsFoundByLooking) {
    const auto a = join(ada);
    hub->tick();
    answer();
    tell(ada);
    hub->tick();
    answer();
    EXPECT_EQ(a.heard->names, "ready") << "the time to look has not come";
    clock.advance(HubOptions{}.look_interval);
    hub->tick();
    answer();
    EXPECT_EQ(a.heard->names, "ready grade_released");
}

TEST_F(Listeners, AQuestionThatCameToNothingIsAskedAgain) {
    const auto a = join(ada);
    answer();
    tell(ada);
    installation.superuser().run(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where "
        "application_name like '%hub%' and datname = current_database()");
    const auto b = join(bob, Position{});
    announce(section);
    news();
    if (hub->status().failed == 0)
        GTEST_FAIL() << "the question did not fail, so this shows nothing";
    EXPECT_EQ(a.heard->names, "ready");
    for (int tries = 0; tries < 5 && hub->status().listeners > 0; ++tries) {
        clock.advance(2s);
        hub->tick();
        answer();
    }
    EXPECT_EQ(a.heard->names, "ready grade_released announcement");
    EXPECT_EQ(b.heard->names, "announcement ready");
}

TEST_F(Listeners, ThereAreNoMoreThanTheirLimits) {
    hub = make({.listeners_limit = 3, .person_limit = 2});
    const auto one = join(ada), two = join(ada);
    const auto third = hub->reserve(principal(ada, north));
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, Code::quota_exceeded);
    EXPECT_TRUE(third.error().retry_after);
    EXPECT_TRUE(hub->reserve(principal(ada, south))) << "somebody else of the same id";
    const auto fourth = hub->reserve(principal(bob, north));
    ASSERT_FALSE(fourth);
    EXPECT_EQ(fourth.error().code, Code::overloaded);
    EXPECT_TRUE(fourth.error().retry_after);
    hub->leave(one.key);
    EXPECT_FALSE(one.heard->alive);
    EXPECT_TRUE(hub->reserve(principal(ada, north)));
    EXPECT_EQ(hub->status().listeners, 3U);
}

TEST_F(Listeners, AStreamEndsWithItsToken) {
    const auto expires = join(ada), stays = join(bob);
    answer();
    const std::vector<tenancy::Revocation> ended{{.tenant = north.scope.tenant(),
                                                  .user = bob,
                                                  .session = stays.principal.session,
                                                  .epoch = 1,
                                                  .at = clock.now()}};
    hub->tick();
    EXPECT_TRUE(expires.heard->alive && stays.heard->alive);
    revocations.add(ended);
    hub->tick();
    EXPECT_FALSE(stays.heard->alive);
    EXPECT_EQ(stays.heard->names, "ready end");
    EXPECT_EQ(stays.heard->data.back(), R"({"why":"session_ended"})");
    EXPECT_TRUE(expires.heard->alive) << "another's session";
    clock.advance(1h - 1ms);
    hub->tick();
    EXPECT_TRUE(expires.heard->alive);
    clock.advance(1ms + 1s); // and the time until the next look
    hub->tick();
    EXPECT_FALSE(expires.heard->alive);
    EXPECT_EQ(expires.heard->data.back(), R"({"why":"token_expired"})");
    EXPECT_EQ(hub->status().listeners, 0U);
    answer(); // what was asked before
    clock.advance(HubOptions{}.look_interval);
    hub->tick();
    EXPECT_FALSE(lane.run_one()) << "nobody asks for those who are gone";
}

TEST_F(Listeners, ASuspendedInstitutionsStreamsEnd) {
    const auto a = join(ada), souths = join(ada, {}, &south);
    answer();
    ASSERT_TRUE(tenancy::Provisioning::set_state(
        *installation.database("bw_operator"), north.scope.tenant(),
        tenancy::TenantState::suspended, "test", clock, soon()));
    installation.refresh(directory);
    clock.advance(1s);
    hub->tick();
    EXPECT_FALSE(a.heard->alive);
    EXPECT_TRUE(souths.heard->alive);
}

TEST_F(Listeners, NumbersThatAFailoverLostAndGaveAgainAreHeard) {
    const auto a = join(ada);
    answer();
    tell(ada);
    tell(ada);
    news();
    EXPECT_EQ(a.heard->names, "ready grade_released grade_released");
    run(north, "delete from notices; update notice_counters set number = 0");
    hub->news(std::nullopt);
    answer();
    tell(ada);
    news();
    EXPECT_EQ(a.heard->names, "ready grade_released grade_released grade_released");
    const auto returned = join(ada, Position::behind(2));
    answer();
    tell(ada);
    news();
    EXPECT_EQ(returned.heard->names, "ready grade_released");
}

} // namespace
} // namespace bw::notices
