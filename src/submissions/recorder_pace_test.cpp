// How the recorder makes room: the rule as a table, and the recorder by it.
#include "submissions/recorder_pace.hpp"

#include "submissions/recorder_for_test.hpp"

namespace bw::submissions {
namespace {

TEST(RecorderPace, MakesRoomOnlyWhileNothingWaitsForLong) {
    constexpr RecorderLoad peak{.make_room = true, .took = 100ms};
    constexpr RecorderPace full{};
    struct Case {
        const char* what;
        RecorderLoad load;
        RecorderPace pace;
    };
    const auto with = [&](auto&& change) {
        RecorderLoad load = peak;
        change(load);
        return load;
    };
    const Case cases[] = {
        {"nobody asks for room", with([](auto& l) { l.make_room = false; }), full},
        {"as long as the batch took", peak, {1'024, 100ms}},
        {"a short one", with([](auto& l) { l.took = 1ms; }), {1'024, 50ms}},
        {"a long one", with([](auto& l) { l.took = 5s; }), {1'024, 250ms}},
        {"what waits is young", with([](auto& l) { l.lag = 1999ms; }), {1'024, 100ms}},
        {"it is not", with([](auto& l) { l.lag = 2s; }), full},
        {"few wait", with([](auto& l) { l.waiting = 4'095; }), {1'024, 100ms}},
        {"many do", with([](auto& l) { l.waiting = 4'096; }), full},
        {"the journal has room", with([](auto& l) { l.journal_filled = 0.49; }), {1'024, 100ms}},
        {"it fills", with([](auto& l) { l.journal_filled = 0.5; }), full},
        {"a clock that went back", with([](auto& l) { l.lag = -10s; }), {1'024, 100ms}},
    };
    for (const Case& c : cases)
        EXPECT_EQ(recorder_pace(c.load), c.pace) << c.what;
}

TEST_F(RecorderTest, TakesSmallerBatchesAndRestsWhileOthersNeedTheDatabase) {
    bool room = true;
    RecorderOptions options;
    options.make_room = [&room] { return room; };
    options.pace = {.batch_items = 10, .lag_limit = 1min};
    recorder = make_recorder(options);
    for (int i = 0; i < 35; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), "x"));
    EXPECT_EQ(*recorder->step(installation.soon()), 10u);
    EXPECT_GE(recorder->pace().rest, options.pace.rest_min);
    room = false;
    EXPECT_EQ(*recorder->step(installation.soon()), 25u) << "as without";
    EXPECT_EQ(recorder->pace(), RecorderPace{});
    EXPECT_EQ(count("submissions"), "35");
}

TEST_F(RecorderTest, DoesNotRestOnceWhatWaitsIsOld) {
    RecorderOptions options;
    options.make_room = [] { return true; };
    options.pace = {.batch_items = 10, .lag_limit = 1s};
    recorder = make_recorder(options);
    for (int i = 0; i < 35; ++i)
        append(offer(0, 0, "k" + std::to_string(i), "x"), clock.now() - 5s);
    EXPECT_EQ(*recorder->step(installation.soon()), 10u) << "it finds out with the first";
    EXPECT_EQ(recorder->pace(), RecorderPace{});
    EXPECT_EQ(*recorder->step(installation.soon()), 25u);
    EXPECT_EQ(*recorder->step(installation.soon()), 0u);
    EXPECT_GT(recorder->pace().rest, 0s) << "and forgets it when nothing waits";
}

TEST_F(RecorderTest, OnItsThreadItRestsAndLosesNothing) {
    RecorderOptions options;
    options.make_room = [] { return true; };
    options.pace = {.batch_items = 5, .rest_min = 1ms, .rest_max = 1ms, .lag_limit = 1min};
    recorder = make_recorder(options);
    for (int i = 0; i < 20; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), "x"));
    recorder->start();
    const Deadline patience = Deadline::in(clock, 30s);
    while (recorder->status().recorded_seq < 20 && !patience.expired(clock))
        std::this_thread::sleep_for(1ms);
    recorder->stop();
    EXPECT_EQ(recorder->status().recorded_seq, 20u);
    EXPECT_GE(recorder->status().rests, 3u);
    EXPECT_EQ(count("submissions"), "20");
}

TEST_F(RecorderTest, LargeBatchesTellWhatItCanDo) {
    for (int i = 0; i < 127; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), "x"));
    record_all();
    EXPECT_EQ(recorder->status().measured_records, 0u) << "small ones do not";
    for (int i = 0; i < 128; ++i)
        accept(offer(0, 0, "l" + std::to_string(i), "x"));
    record_all();
    EXPECT_EQ(recorder->status().measured_records, 128u);
    EXPECT_GT(recorder->status().measured, 0s);
}

} // namespace
} // namespace bw::submissions
