#include "video/signed_once.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace bw::video {
namespace {

/// Says in the address how often it was asked.
struct Counting final : Provider {
    explicit Counting(std::atomic<int>& count) : signs(count) {}
    std::atomic<int>& signs;
    std::string_view name() const override { return "counting"; }
    Caps caps() const override { return {}; }
    Result<Stream> create(const StreamSpec&, Deadline) override { return Stream{}; }
    Result<void> end(std::string_view, Deadline) override { return {}; }
    Result<Health> poll(std::string_view, Deadline) override { return Health{}; }
    Result<Playback> sign(std::string_view ref, Instant now, seconds lifetime) const override {
        if (ref.empty())
            return fail(Code::invalid_field, "no ref");
        const int count = ++signs;
        return Playback{std::string(ref) + " " + std::to_string(count), {}, now + lifetime, now};
    }
    Result<std::vector<Event>> parse_webhook(Headers, std::string_view, Instant) const override {
        return std::vector<Event>{};
    }
};

TEST(SignedOnce, SignsAgainForAnotherSecondClassOrLifetime) {
    std::atomic<int> signs{0};
    const SignedOnce provider(std::make_unique<Counting>(signs));
    struct {
        const char* ref;
        std::int64_t now_ms;
        int lifetime;
        const char* url;
    } const cases[] = {{"a", 1'000, 60, "a 1"}, {"a", 1'999, 60, "a 1"}, {"a", 2'000, 60, "a 2"},
                       {"b", 2'000, 60, "b 3"}, {"a", 2'500, 60, "a 2"}, {"a", 2'500, 30, "a 4"},
                       {"a", 1'000, 30, "a 5"}};
    for (const auto& c : cases)
        EXPECT_EQ(provider.sign(c.ref, {c.now_ms}, seconds(c.lifetime))->url, c.url);
    EXPECT_FALSE(provider.sign("", {1'000}, seconds(1))) << "an error is not kept";
    EXPECT_EQ(signs, 5);
}

TEST(SignedOnce, ACrowdGetsOneSignatureForEachClass) {
    std::atomic<int> signs{0};
    const SignedOnce provider(std::make_unique<Counting>(signs));
    std::vector<std::jthread> crowd;
    for (int t = 0; t < 4; ++t)
        crowd.emplace_back([&] {
            for (int i = 0; i < 2'000; ++i)
                ASSERT_TRUE(provider.sign(std::to_string(i % 20), {5'000}, seconds(60)));
        });
    crowd.clear();
    EXPECT_EQ(signs, 20);
}

} // namespace
} // namespace bw::video
