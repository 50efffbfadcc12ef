// First pages as they are asked for: from memory, once for many, never older than what was done.
#include "packs/page_reads.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "packs/school_for_test.hpp"
#include "tenancy/http_for_test.hpp"

namespace bw::packs {
namespace {

struct Pages : PackSchool {
    std::vector<std::string> heard;
    void come(UserId user, PageReads::From from = PageReads::From::memory) {
        page_reads.ask(principal(user, north), from, soon(), {}, [this](Result<SharedPack> page) {
            heard.push_back(page ? (*page)->json : page.error().text());
        });
    }
    void rename(const std::string& name) {
        run(north, "update users set given_name = '" + name + "' where user_id = " + text_of("a"));
    }
};

TEST_F(Pages, OneReadServesManyAndThenMemoryDoes) {
    for (int i = 0; i < 5; ++i)
        come(ada);
    EXPECT_TRUE(heard.empty());
    answer();
    EXPECT_EQ(heard.size(), 5u);
    EXPECT_EQ(reads, 1);
    come(ada);
    EXPECT_EQ(heard.size(), 6u) << "at once";
    EXPECT_EQ(heard.front(), heard.back());
    EXPECT_EQ(reads, 1);
    EXPECT_EQ(packs.status().hits, 1u);
}

TEST_F(Pages, WhatItSaysIsThePersonsOwn) {
    const std::string adas = page(ada), cyds = page(cyd), souths = page(ada, &south);
    EXPECT_TRUE(adas.contains("Essay") && !adas.contains("Drawing")) << adas;
    EXPECT_TRUE(cyds.contains("Drawing") && !cyds.contains("Essay")) << cyds;
    EXPECT_TRUE(souths.contains(south.scope.tenant().text()));
    EXPECT_EQ(page(ada), adas);
    EXPECT_EQ(reads, 3);
    const auto teacher = ask(principal(ada, north, tenancy::Role::teacher));
    ASSERT_TRUE(teacher);
    EXPECT_TRUE((*teacher)->json.contains(R"("roles":["teacher"])"))
        << "a token whose roles have changed is not shown what it was with others";
    EXPECT_EQ(reads, 4);
}

TEST_F(Pages, WhoeverComesDuringAReadGetsTheNext) {
    while_reading = [this] {
        rename("Augusta"); // done and answered; then its person asks
        come(ada);
    };
    come(ada);
    answer();
    ASSERT_EQ(heard.size(), 2u);
    EXPECT_FALSE(heard[0].contains("Augusta"));
    EXPECT_TRUE(heard[1].contains("Augusta"));
    EXPECT_EQ(reads, 2);
}

TEST_F(Pages, WhoHasJustDoneSomethingIsReadAnew) {
    (void)page(ada);
    (void)page(bob);
    packs.note_deed(north.scope.tenant(), ada, Deadline(hands.monotonic() + 10s));
    rename("Augusta"); // the feed has not told
    EXPECT_TRUE(page(ada).contains("Augusta"));
    EXPECT_FALSE(page(bob).contains("Augusta"));
    EXPECT_EQ(reads, 3);
    hear();
    (void)page(ada);
    for (int i = 0; i < 13; ++i) {
        hands.advance(1s);
        hear();
    }
    EXPECT_EQ(reads, 4);
    EXPECT_TRUE(page(ada).contains("Augusta"));
    EXPECT_EQ(reads, 4) << "from memory again";
}

TEST_F(Pages, WhoeverAsksForTheNewestGetsIt) {
    (void)page(ada);
    rename("Augusta");
    EXPECT_FALSE(page(ada).contains("Augusta"));
    const auto newest = ask(principal(ada, north), PageReads::From::database);
    ASSERT_TRUE(newest);
    EXPECT_TRUE((*newest)->json.contains("Augusta"));
    EXPECT_EQ(packs.status().hits, 1u);
    EXPECT_EQ(packs.status().misses, 2u);
}

TEST_F(Pages, TooManyOfOnePersonAreRefused) {
    for (int i = 0; i < 65; ++i)
        come(ada);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_TRUE(heard[0].contains("overloaded")) << heard[0];
    answer();
    EXPECT_EQ(heard.size(), 65u);
}

TEST_F(Pages, ARefusalReachesAllAndIsNotKept) {
    run(north, "update enrollments set user_id = " + text_of("b") + " where user_id = " +
                   text_of("c") + "; delete from users where user_id = " + text_of("c"));
    come(cyd);
    come(cyd);
    answer();
    ASSERT_EQ(heard.size(), 2u);
    EXPECT_TRUE(heard[0].contains("not_found")) << heard[0];
    lane.stop();
    come(ada);
    ASSERT_EQ(heard.size(), 3u);
    EXPECT_TRUE(heard[2].contains("unavailable")) << heard[2];
}

TEST_F(Pages, WhoeverCameFirstAndGaveUpTakesNobodyAlong) {
    const auto come_until = [&](Deadline deadline) {
        page_reads.ask(principal(ada, north), PageReads::From::memory, deadline, {},
                       [this](Result<SharedPack> page) {
                           heard.push_back(page ? (*page)->json : page.error().text());
                       });
    };
    const Deadline brief = Deadline::in(clock, 20ms);
    come_until(brief);
    come_until(soon());
    come_until(brief);
    while (!brief.expired(clock))
        std::this_thread::yield();
    answer(); // the turn is that of who came first, and comes too late for them
    ASSERT_EQ(heard.size(), 3u);
    EXPECT_EQ(
        std::ranges::count_if(heard, [](const std::string& one) { return one.contains("Essay"); }),
        1)
        << "who had time left was answered";
}

TEST_F(Pages, OverHttpItIsOneAnswerWithATag) {
    const SigningKey key = SigningKey::make(installation.rng());
    tenancy::KeyRing ring{key};
    tenancy::Revocations revocations;
    tenancy::TokenVerifier verifier{"test",      ring,  directory,
                                    revocations, clock, installation.rng()};
    tenancy::Gate gate(verifier, directory, "school.example");
    net::RouteTable routes;
    add_routes(routes, {gate, page_reads});
    auto token_of = [&](tenancy::Roles roles) {
        return "Bearer " +
               tenancy::sign_token({"test", north.scope.tenant(), ada,
                                    AuthSessionId::make(clock.now(), installation.rng()), roles,
                                    clock.now(), clock.now() + 1h, clock.now() + 40min},
                                   key);
    };
    (void)page(ada);
    auto get = [&](std::vector<std::pair<std::string, std::string>> headers) {
        return tenancy::test::call(
            routes, {.target = "/v1/first-page", .headers = std::move(headers)}, clock);
    };
    const std::string token = token_of(tenancy::Role::student);
    const auto plain = get({{"authorization", token}});
    EXPECT_EQ(plain.status, 200);
    EXPECT_TRUE(plain.body.contains("\"prepared_at\""));
    const auto small = get({{"authorization", token}, {"accept-encoding", "gzip"}});
    EXPECT_EQ(tenancy::test::header(small, "ETag"), tenancy::test::header(plain, "ETag"));
    if (plain.body.size() >= 1'400) {
        EXPECT_EQ(tenancy::test::header(small, "Content-Encoding"), "gzip");
        EXPECT_LT(small.body.size(), plain.body.size());
    }
    EXPECT_EQ(get({}).status, 401);
    EXPECT_EQ(get({{"authorization", token_of({})}}).status, 403);
    revocations.add(std::vector{tenancy::Revocation{
        .tenant = north.scope.tenant(), .user = ada, .epoch = 1, .at = clock.now()}});
    EXPECT_EQ(get({{"authorization", token}}).status, 401) << "memory serves nobody who was ended";
}

} // namespace
} // namespace bw::packs
