// What processes of one installation share.
#include "app/installation.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <set>
#include <thread>

#include "support/temporary_directory.hpp"

namespace bw::app {
namespace {

TEST(Installation, WhoStartsTogetherGetsTheSameKey) {
    const test::TemporaryDirectory directory;
    for (int round = 0; round < 20; ++round) {
        const std::string name = "key" + std::to_string(round);
        constexpr int processes = 6;
        std::latch begin(processes);
        std::vector<std::string> kids(processes);
        {
            std::vector<std::jthread> threads;
            for (std::string& kid : kids)
                threads.emplace_back([&] {
                    SystemRng rng;
                    const auto installation = *Installation::open(directory.path());
                    begin.arrive_and_wait();
                    auto key = installation.key(name, rng);
                    kid = key ? key->kid() : key.error().text();
                });
        }
        EXPECT_EQ(std::set<std::string>(kids.begin(), kids.end()).size(), 1U) << "round " << round;
    }
}

} // namespace
} // namespace bw::app
