// Who waits for an upload that is being completed.
#include "files/completion_routes.hpp"
#include "files/uploads_for_test.hpp"

namespace bw::files {
namespace {

struct CompletionsTest : Uploads {
    CompletionsTest()
        : lane({.name = "files", .threads = 0, .queue_items_limit = 100}, clock,
               [this] { return installation.database(); }) {}
    Upload whole(std::size_t size, UserId owner) {
        const Bytes bytes(size, 'x');
        Upload upload = planned(size);
        upload.owner = owner;
        upload.sha256 = sha256(bytes);
        EXPECT_TRUE(make(upload));
        auto w = writer(upload, 0);
        EXPECT_TRUE(w->take(bytes, *database));
        return w->end(Writer::End::whole, *database).value();
    }
    ActiveKey key(const Upload& upload) const {
        return {north.scope.tenant(), upload.owner, upload.id};
    }
    void start(const Upload& upload) {
        completions->start(key(upload),
                           std::make_unique<Completing>(parts, north.scope, upload, std::nullopt),
                           teller());
    }
    Completions::Told teller() {
        return [this](Result<Upload> upload) {
            told.push_back(upload ? std::string(wire_name(upload->state))
                                  : std::string(wire_name(upload.error().code)));
        };
    }
    using Answers = std::vector<std::string>;

    tenancy::DatabaseLane lane;
    std::shared_ptr<Completions> completions = std::make_shared<Completions>(lane, clock);
    Answers told;
};

TEST_F(CompletionsTest, AllWhoAskHearTheSameAndTheWorkIsDoneOnce) {
    const Upload upload = whole(20 << 20, ada);
    start(upload);
    start(upload);
    int turns = 0;
    while (lane.run_one())
        ++turns;
    EXPECT_EQ(told, (Answers{"complete", "complete"}));
    EXPECT_EQ(turns, 5) << "its objects, 8 MiB three times, its state";
    EXPECT_EQ(value("select count(*) from jobs"), "1");
    Completions::Told late = teller();
    EXPECT_FALSE(completions->wait(key(upload), late)) << "nothing is left of it";
}

TEST_F(CompletionsTest, WhoeverWaitsTooLongIsToldAndTheWorkGoesOn) {
    const Upload upload = whole(20 << 20, ada);
    start(upload);
    ASSERT_TRUE(lane.run_one());
    clock.advance(15s);
    Completions::Told second = teller();
    ASSERT_TRUE(completions->wait(key(upload), second));
    ASSERT_TRUE(lane.run_one());
    EXPECT_EQ(told, Answers{});
    clock.advance(6s);
    ASSERT_TRUE(lane.run_one());
    EXPECT_EQ(told, Answers{"open"}) << "the first one's 20 s are over";
    while (lane.run_one())
        continue;
    EXPECT_EQ(told, (Answers{"open", "complete"}));
}

TEST_F(CompletionsTest, OnePersonDoesNotTakeAllPlaces) {
    for (std::size_t i = 0; i < Completions::person_limit; ++i)
        start(whole(1, ada));
    start(whole(1, ada));
    EXPECT_EQ(told, Answers{"quota_exceeded"});
    start(whole(1, bob));
    while (lane.run_one())
        continue;
    EXPECT_EQ(std::ranges::count(told, "complete"),
              static_cast<std::ptrdiff_t>(Completions::person_limit + 1));
    start(whole(1, ada));
    while (lane.run_one())
        continue;
    EXPECT_EQ(told.back(), "complete");
}

TEST_F(CompletionsTest, ALaneThatStopsTellsThemSo) {
    start(whole(1, ada));
    lane.stop();
    EXPECT_EQ(told, Answers{"unavailable"});
}

} // namespace
} // namespace bw::files
