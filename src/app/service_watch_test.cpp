#include "app/service_watch.hpp"

#include <gtest/gtest.h>

namespace bw::app {
namespace {

struct ServiceWatch : testing::Test {
    tenancy::TenantDirectory directory;
    SystemClock clock;
    SystemRng rng;
    fairness::Watch watch{services_of({"auth", "api"}, nullptr), directory, clock, rng};
    int seen = 0;
    std::function<void(const net::Served&)> served =
        metered([this](const net::Served&) { ++seen; }, watch);

    void answer(const net::Route* route, std::optional<Code> code) {
        served(
            {.route = route, .method = net::Method::get, .status = code ? 503 : 200, .code = code});
    }
    /// What was counted since, as "all/faults".
    std::string counted(const char* service) {
        const fairness::Answered answered = watch.meter(service)->take();
        return std::to_string(answered.all) + "/" + std::to_string(answered.faults);
    }
};

TEST_F(ServiceWatch, EachServiceCountsItsOwnAnswers) {
    const net::Route signs_in{
        .method = net::Method::post, .path = "/v1/sessions", .tag = "sessions"},
        reads{.path = "/v1/assignments",
              .tag = "assignments",
              .credential = net::Credential::access_token},
        open{.path = "/openapi.json", .tag = "documents"};
    for (const net::Route* route : {&signs_in, &reads, &reads, &open})
        answer(route, {});
    answer(nullptr, {});
    EXPECT_EQ(counted("auth"), "1/0");
    EXPECT_EQ(counted("api"), "2/0");
    EXPECT_EQ(watch.meter("intake"), nullptr) << "it has no such role";
    EXPECT_EQ(seen, 5) << "who looked before looks on";
}

TEST_F(ServiceWatch, WhatOnePersonCanBringAboutIsNoFaultOfOurs) {
    const net::Route reads{.path = "/v1/assignments",
                           .tag = "assignments",
                           .credential = net::Credential::access_token};
    for (const Code code : {Code::overloaded, Code::storage_full, Code::deadline_exceeded,
                            Code::quota_exceeded, Code::invalid_field})
        answer(&reads, code);
    EXPECT_EQ(counted("api"), "5/0");
    for (const Code code : {Code::unavailable, Code::outcome_unknown, Code::internal})
        answer(&reads, code);
    EXPECT_EQ(counted("api"), "3/3");
}

} // namespace
} // namespace bw::app
