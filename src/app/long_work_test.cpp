// What takes long gives way to a peak that was forecast, over real HTTP.
#include "app/long_work.hpp"

#include <gtest/gtest.h>

#include <future>

#include "net/client.hpp"
#include "net/server.hpp"

namespace bw::app {
namespace {

TEST(LongWork, HasAPartOfTheThreadsAtAPeakAndNeverNone) {
    for (const auto& [threads, at_once] : {std::pair{1, 1}, {3, 1}, {4, 1}, {8, 2}, {64, 16}})
        EXPECT_EQ(long_work_at_once(true, threads), at_once);
    EXPECT_GT(long_work_at_once(false, 1), 100'000) << "else there is no limit";
}

class LongWorkTest : public testing::Test {
protected:
    LongWorkTest() {
        net::RouteTable plain;
        for (const char* operation : {"export_timetable_table", "list_timetable_conflicts", "me"})
            plain.add({.method = net::Method::get,
                       .path = std::string("/") + operation,
                       .operation = operation,
                       .handler = [this](const net::Request&, net::Responder respond) {
                           const std::lock_guard lock(mutex_);
                           held_.push_back(std::move(respond));
                           changed_.notify_all();
                       }});
        table_ = with_room_at_peaks(plain, [this] { return peak_.load(); }, 4);
        server_ = *net::Server::start({}, table_, clock_, rng_);
    }
    ~LongWorkTest() override { answer_all(); }

    std::future<net::ClientResponse> ask(const std::string& path) {
        return std::async(std::launch::async, [this, path] {
            auto client = net::Client::make({.port = server_->port()}, clock_);
            auto answer = client->fetch({.method = net::Method::get, .target = path},
                                        Deadline::in(clock_, 30s));
            EXPECT_TRUE(answer);
            return answer ? *std::move(answer) : net::ClientResponse{};
        });
    }
    bool held(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 30s, [&] { return held_.size() >= count; });
    }
    void answer_all() {
        const std::lock_guard lock(mutex_);
        for (net::Responder& one : held_)
            one(net::Response::json(200, "{}"));
        held_.clear();
    }

    SystemClock clock_;
    SystemRng rng_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<net::Responder> held_;
    std::atomic<bool> peak_ = false;
    net::RouteTable table_;
    std::unique_ptr<net::Server> server_;
};

TEST_F(LongWorkTest, TheSecondIsToldToComeAgainAndOthersAreNot) {
    peak_ = true;
    auto first = ask("/export_timetable_table");
    ASSERT_TRUE(held(1));
    const auto second = ask("/list_timetable_conflicts").get();
    EXPECT_EQ(second.status, 503);
    EXPECT_TRUE(second.body.contains("overloaded")) << second.body;
    ASSERT_TRUE(second.header("Retry-After"));
    EXPECT_GE(std::stoi(std::string(*second.header("Retry-After"))), 3);
    auto other = ask("/me");
    ASSERT_TRUE(held(2)) << "what does not take long is not held back";
    answer_all();
    EXPECT_EQ(first.get().status, 200);
    EXPECT_EQ(other.get().status, 200);
    auto third = ask("/list_timetable_conflicts");
    ASSERT_TRUE(held(1)) << "the place is free again";
    answer_all();
    EXPECT_EQ(third.get().status, 200);
}

TEST_F(LongWorkTest, WithoutAPeakNothingIsRefused) {
    auto first = ask("/export_timetable_table"), second = ask("/export_timetable_table");
    ASSERT_TRUE(held(2));
    peak_ = true;
    EXPECT_EQ(ask("/export_timetable_table").get().status, 503) << "those that run count";
    peak_ = false;
    auto third = ask("/export_timetable_table");
    ASSERT_TRUE(held(3));
    answer_all();
    for (auto* one : {&first, &second, &third})
        EXPECT_EQ(one->get().status, 200);
}

} // namespace
} // namespace bw::app
