#include "storm/sender.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "base/json_object.hpp"
#include "storm/api.hpp"
#include "storm/fake_school.hpp"

namespace bw::storm {

namespace {

/// Always the shortest pause and the middle of nothing: retries come at once.
class ZeroRng final : public Rng {
public:
    void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0}); }
};

using Done = std::move_only_function<void(Result<net::ClientResponse>)>;

/// The other end of the client's face: the test decides what comes back.
class Line final : public net::Client {
public:
    using Answer = std::function<void(const net::ClientRequest&, Done)>;
    explicit Line(Answer answer) : answer_(std::move(answer)) {}
    void send(net::ClientRequest request, Deadline, Done done) override {
        answer_(request, std::move(done));
    }

private:
    Answer answer_;
};

std::string header(const net::ClientRequest& request, std::string_view name) {
    for (const auto& [n, value] : request.headers)
        if (n == name)
            return value;
    return "";
}

class SenderTest : public testing::Test {
protected:
    SystemClock clock;
    ZeroRng rng;
    FakeSchool school{5};

    Load load(std::size_t submissions, double duplicates = 0) {
        SeededRng draw(1);
        return draw_load(school.plan(), {submissions, 20ms, 19ms, 128, duplicates}, "aa", draw);
    }
    net::ClientResponse accept(const net::ClientRequest& request) {
        std::string text =
            *JsonObject::parse(request.body, {"assignment_id", "text"})->string("text", 1000);
        auto answer = school.submit(header(request, "Authorization"),
                                    header(request, "Idempotency-Key"), text, clock.now());
        net::ClientResponse response;
        response.status = 202;
        if (answer.replayed)
            response.headers.emplace_back("Idempotency-Replayed", "true");
        response.body = answer.body;
        response.sent = response.received = clock.monotonic();
        return response;
    }
    static Result<net::ClientResponse> status(int status, std::string body = "") {
        net::ClientResponse response;
        response.status = status;
        response.body = std::move(body);
        return response;
    }
};

/// README.md's table of one click.
TEST_F(SenderTest, RepeatsWithTheSameKeyWhatMayBeRepeatedAndNothingElse) {
    struct Case {
        const char* name;
        std::vector<Result<net::ClientResponse>> before; // answers before the true one
        std::uint64_t acknowledged, retries, failed;
        bool unanswered;
    };
    const Case cases[] = {
        {"at once", {}, 1, 0, 0, false},
        {"no connection", {fail(Code::unavailable, "")}, 1, 1, 0, false},
        {"died unanswered", {fail(Code::outcome_unknown, "")}, 1, 1, 0, true},
        {"our own queue was full", {fail(Code::overloaded, "")}, 1, 1, 0, false},
        {"shed", {status(503), status(429)}, 1, 2, 0, false},
        {"its outcome unknown to the server",
         {status(503, R"({"type":"x/outcome_unknown"})")},
         1,
         1,
         0,
         true},
        {"broken, then a bad gateway", {status(500), status(502), status(504)}, 1, 3, 0, true},
        {"forbidden", {status(403)}, 0, 0, 1, false},
        {"another content under the key", {status(503), status(422)}, 0, 1, 1, false},
        {"accepted without a receipt", {status(202, "{}")}, 0, 0, 1, false},
        {"redirected", {status(302)}, 0, 0, 1, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        Load one = load(1);
        std::vector<std::string> keys, bodies;
        Line line([&](const net::ClientRequest& request, Done done) {
            keys.push_back(header(request, "Idempotency-Key"));
            bodies.push_back(request.body);
            done(keys.size() <= c.before.size() ? c.before[keys.size() - 1] : accept(request));
        });
        Sender sender(school.plan(), one, {.content_bytes = 128}, {&line}, clock, rng);
        sender.run(clock.monotonic());
        const Tally tally = sender.tally();
        EXPECT_EQ(tally.sent, 1U);
        EXPECT_EQ(tally.acknowledged, c.acknowledged);
        EXPECT_EQ(tally.all.count(), c.acknowledged);
        EXPECT_EQ(tally.untroubled.count(), c.retries == 0 ? c.acknowledged : 0);
        EXPECT_EQ(tally.retries, c.retries);
        EXPECT_EQ(tally.retried, c.retries ? 1U : 0U);
        EXPECT_EQ(tally.failed, c.failed);
        EXPECT_EQ(tally.failures.size(), c.failed);
        EXPECT_EQ(tally.in_flight + tally.retrying, 0U);
        EXPECT_EQ(one.submitted[0].unanswered, c.unanswered);
        EXPECT_TRUE(one.submitted[0].sent);
        EXPECT_EQ(sender.take_receipts()[0].size(), c.acknowledged);
        EXPECT_EQ(std::ranges::count(keys, keys[0]), std::ssize(keys));
        EXPECT_EQ(std::ranges::count(bodies, bodies[0]), std::ssize(bodies));
    }
}

TEST_F(SenderTest, GivesUpWhenRetryForIsOver) {
    Load two = load(2);
    Line line(
        [&](const net::ClientRequest&, Done done) { done(fail(Code::unavailable, "refused")); });
    Sender sender(school.plan(), two, {.content_bytes = 128, .retry_for = 5ms}, {&line}, clock,
                  rng);
    sender.run(clock.monotonic());
    const Tally tally = sender.tally();
    EXPECT_EQ(tally.failed, 2U);
    EXPECT_EQ(tally.acknowledged, 0U);
    EXPECT_EQ(tally.failures.size(), 1U);
}

/// A closed loop would wait for ever here: nothing is answered before everything was sent.
TEST_F(SenderTest, DoesNotWaitForAnswersAndCountsFromTheIntendedArrival) {
    Load many = load(200);
    std::vector<std::pair<net::ClientRequest, Done>> held;
    std::jthread answering;
    const Monotonic start = clock.monotonic();
    Line line([&](const net::ClientRequest& request, Done done) {
        held.emplace_back(request, std::move(done));
        if (held.size() == 200)
            answering = std::jthread([&] {
                for (auto& [asked, finish] : held) {
                    net::ClientResponse response = accept(asked);
                    response.sent =
                        start +
                        5s; // queued for a connection; what counts is when the student pressed
                    response.received = start + 6s;
                    finish(std::move(response));
                }
            });
    });
    Sender sender(school.plan(), many, {.content_bytes = 128}, {&line}, clock, rng);
    sender.run(start);
    answering.join();
    const Tally tally = sender.tally();
    EXPECT_EQ(tally.acknowledged, 200U);
    EXPECT_GE(tally.all.quantile(0.001), 5900ms);
    EXPECT_EQ(tally.failed, 0U);
}

TEST_F(SenderTest, CountsDoubleClicksOnceAndTheirReplays) {
    Load doubled = load(20, 1);
    Line line([&](const net::ClientRequest& request, Done done) { done(accept(request)); });
    Sender sender(school.plan(), doubled, {.content_bytes = 128}, {&line}, clock, rng);
    sender.run(clock.monotonic());
    const Tally tally = sender.tally();
    EXPECT_EQ(tally.sent, 20U);
    EXPECT_EQ(tally.clicks_sent, 40U);
    EXPECT_EQ(tally.acknowledged, 20U);
    EXPECT_EQ(tally.replays, 20U);
    for (const auto& receipts : sender.take_receipts())
        EXPECT_EQ(receipts.size(), 1U) << "both clicks got the same receipt";
}

TEST_F(SenderTest, SeesHowLongAKilledServerWasAway) {
    Load some = load(30);
    int failures = 3;
    Sender* watched = nullptr;
    Line line([&](const net::ClientRequest& request, Done done) {
        if (failures == 3)
            watched->disturbed();
        done(failures-- > 0 ? Result<net::ClientResponse>(fail(Code::unavailable, ""))
                            : accept(request));
    });
    Sender sender(school.plan(), some, {.content_bytes = 128}, {&line}, clock, rng);
    watched = &sender;
    sender.run(clock.monotonic());
    ASSERT_TRUE(sender.tally().downtime);
    EXPECT_GT(*sender.tally().downtime, 0ms);
    EXPECT_EQ(sender.tally().acknowledged, 30U);
}

} // namespace

} // namespace bw::storm
