// Heartbeats of players that claim too much, and heartbeats that are lost, doubled, late and out of
// order: what comes of them.
#include <gmock/gmock.h>

#include <algorithm>

#include <fmt/format.h>

#include "attendance/tally.hpp"
#include "base/rng.hpp"

namespace bw::attendance {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::IsEmpty;

const SecretKey key = {1, 2, 3};
const Instant bell = *from_rfc3339("2026-09-09T09:00:00Z");
const std::vector<std::string> edges = {"a.example", "b.example"};

HeartbeatToken token_of(std::uint8_t session, Instant begun) {
    return {.tenant = {Uuid{1}},
            .of = {Uuid{2}},
            .user = {Uuid{3}},
            .session = Uuid{session},
            .begun = begun,
            .from = bell,
            .until = bell + 45min};
}

TEST(HeartbeatToken, IsOursAndUnaltered) {
    const HeartbeatToken token = token_of(4, bell - 2min);
    std::string text = sign_token(token, key);
    const auto read = verify_token(text, key, bell);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(*read, token);
    EXPECT_TRUE(verify_token(text, key, token.until + token_grace - 1ms));
    EXPECT_EQ(verify_token(text, key, token.until + token_grace).error().code, Code::token_expired);
    EXPECT_EQ(verify_token(text, SecretKey{9}, bell).error().code, Code::unauthenticated);
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string altered = text;
        altered[at] = altered[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify_token(altered, key, bell)) << at;
    }
}

std::string refusal(std::string_view body, Duration since_begun = 60s) {
    const auto token = token_of(4, bell);
    const auto read = read_heartbeat(body, token, edges, bell + since_begun);
    return read ? "taken" : read.error().field;
}

TEST(Heartbeat, SaysOnlyWhatCanBe) {
    const struct {
        std::string_view body, becomes;
    } cases[] = {
        {R"({"at_ms":60000})", "taken"},
        {R"({"at_ms":65000,"watched":[[0,65000]]})", "taken"}, // clocks apart
        {R"({"at_ms":65001})", "/at_ms"},
        {R"({"at_ms":-1})", "/at_ms"},
        {R"({"at_ms":1.5})", "/at_ms"},
        {R"({"watched":[]})", "/at_ms"},
        {R"({"at_ms":10,"watched":[[0,11]]})", "/watched"},
        {R"({"at_ms":10,"watched":[[5,4]]})", "/watched"},
        {R"({"at_ms":10,"watched":[[0,5],[4,6]]})", "/watched"},
        {R"({"at_ms":10,"watched":[[0,5,6]]})", "/watched"},
        {R"({"at_ms":10,"quality":[{"edge":"a.example","startup_ms":11}]})",
         "/quality/0/startup_ms"},
        {R"({"at_ms":10,"quality":[{"edge":"a.example","stalled_ms":11}]})",
         "/quality/0/stalled_ms"},
        {R"({"at_ms":10,"quality":[{"edge":"a.example","rungs":{"720":6,"480":5}}]})",
         "/quality/0/rungs"},
        {R"({"at_ms":10,"quality":[{"edge":"a.example","rungs":{"721":6}}]})", "/quality/0/rungs"},
        {R"({"at_ms":10,"quality":[{"edge":"a.example","errors":{"mine":1}}]})",
         "/quality/0/errors"},
        {R"({"at_ms":10,"quality":[{"edge":"x"},{"edge":"y"}]})", "/quality/1/edge"},
        {R"({"at_ms":10,"quality":[{}]})", "/quality/0/edge"},
    };
    for (const auto& one : cases)
        EXPECT_EQ(refusal(one.body), one.becomes) << one.body;
    const auto foreign = read_heartbeat(R"({"at_ms":1,"who":2})", token_of(4, bell), edges, bell);
    ASSERT_FALSE(foreign);
    EXPECT_THAT(foreign.error().text(), HasSubstr("no other"));
    EXPECT_FALSE(read_heartbeat("[", token_of(4, bell), edges, bell));
    EXPECT_FALSE(read_heartbeat(std::string(body_bytes_limit, ' ') + R"({"at_ms":1})",
                                token_of(4, bell), edges, bell));
}

TEST(Heartbeat, CountsWithinTheClassAlone) {
    const auto token = token_of(4, bell - 10min);
    const auto read = read_heartbeat(
        R"({"at_ms":3600000,"watched":[[0,500000],[590000,660000],[3290000,3600000]]})", token,
        edges, token.begun + 1h);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_THAT(read->watched,
                ElementsAre(Span{bell, bell + 1min}, Span{bell + 44min + 50s, bell + 45min}));
}

TEST(Presence, IsAUnion) {
    Presence presence;
    presence.add({bell, bell + 1min});
    presence.add({bell + 30s, bell + 90s});
    presence.add({bell + 2min + 4s, bell + 2min + 16s}); // the middles of two parts: one each side
    EXPECT_EQ(presence.watched(), 90s + 20s);
    presence.add({bell - 20s, bell}); // over an hour's end
    EXPECT_THAT(presence.spans(),
                ElementsAre(Span{bell - 20s, bell + 90s}, Span{bell + 2min, bell + 2min + 20s}));
    Presence nothing;
    nothing.add({bell + 6s, bell + 14s}); // no middle
    EXPECT_THAT(nothing.hours(), IsEmpty());
}

/// A player that watches now and then: what it says after each of its heartbeats.
struct MadePlayer {
    std::uint8_t session;
    HeartbeatToken token;
    std::vector<std::pair<std::string, Instant>> said; // and when it said it
    std::vector<Span> truth;
};

int between(Rng& rng, int least, int most) {
    return least + static_cast<int>(rng.unit() * (most - least + 1));
}

MadePlayer made(Rng& rng, std::uint8_t session) {
    const Instant begun = bell + std::chrono::seconds(between(rng, -600, 1200));
    MadePlayer player{session, token_of(session, begun), {}, {}};
    std::string spans;
    int at = 0, played = 0, stalls = 0;
    for (int beat = 0; beat < 30; ++beat) {
        const int from = at + between(rng, 0, 20'000);
        const int until = from + between(rng, 0, 40'000);
        at = until + between(rng, 0, 5'000);
        spans += fmt::format("{}[{},{}]", spans.empty() ? "" : ",", from, until);
        played += until - from;
        stalls += between(rng, 0, 1);
        player.truth.push_back({std::max(bell, begun + std::chrono::milliseconds(from)),
                                std::min(bell + 45min, begun + std::chrono::milliseconds(until))});
        player.said.emplace_back(
            fmt::format(R"({{"at_ms":{},"watched":[{}],"quality":[{{"edge":"{}","startup_ms":300,)"
                        R"("stalls":{},"rungs":{{"720":{}}}}}]}})",
                        at, spans, edges[session % 2], stalls, played),
            begun + std::chrono::milliseconds(at));
    }
    return player;
}

void hear(Tally& tally, const MadePlayer& player, std::size_t beat, Duration late = 0s) {
    const auto& [body, at] = player.said[beat];
    const auto read = read_heartbeat(body, player.token, edges, at + late);
    ASSERT_TRUE(read) << read.error().text() << body;
    tally.add(player.token.session, *read);
}

TEST(Tally, IsTheSameHoweverHeartbeatsCome) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SeededRng rng(seed);
        std::vector<MadePlayer> players;
        for (std::uint8_t session = 1; session <= 3; ++session)
            players.push_back(made(rng, session));
        Tally wanted;
        for (const MadePlayer& player : players)
            hear(wanted, player, player.said.size() - 1);

        std::vector<std::pair<std::size_t, std::size_t>> come; // player, heartbeat
        for (std::size_t player = 0; player < players.size(); ++player) {
            for (std::size_t beat = 0; beat + 1 < players[player].said.size(); ++beat)
                for (int times = between(rng, 0, 2); times > 0; --times)
                    come.emplace_back(player, beat);
            come.emplace_back(player, players[player].said.size() - 1);
        }
        for (std::size_t i = come.size(); i > 1; --i)
            std::swap(come[i - 1], come[rng.u64() % i]);
        Tally one, other; // two processes
        for (const auto& [player, beat] : come)
            hear(rng.u64() % 2 == 0 ? one : other, players[player], beat,
                 std::chrono::seconds(between(rng, 0, 240)));
        Tally both = one, turned = other;
        both.add(other);
        turned.add(one);
        both.add(other);
        ASSERT_EQ(both, wanted) << "seed " << seed;
        ASSERT_EQ(turned, wanted) << "seed " << seed;

        // Reckoned otherwise: each part of the day, was anybody watching in its middle.
        Duration watched = 0s;
        for (Instant middle = bell + part / 2; middle < bell + 45min; middle = middle + part)
            if (std::ranges::any_of(players, [&](const MadePlayer& player) {
                    return std::ranges::any_of(player.truth, [&](const Span& span) {
                        return span.from <= middle && middle < span.until;
                    });
                }))
                watched += part;
        ASSERT_EQ(wanted.presence().watched(), watched) << "seed " << seed;
    }
}

TEST(Tally, LosesWhatTheNextHeartbeatBringsAgain) {
    SeededRng rng(7);
    const MadePlayer player = made(rng, 1);
    Tally kept, after_a_kill;
    hear(kept, player, 10);
    hear(kept, player, 11);
    hear(after_a_kill, player, 12);
    Tally all = after_a_kill;
    all.add(kept);
    EXPECT_EQ(all, after_a_kill);
}

TEST(Tally, KeepsQualityOfSoManyPlayersInAnyOrder) {
    Tally up, down;
    const auto heard = [](int at) {
        return Heartbeat{
            .watched = {{bell, bell + 10s * (at + 1)}},
            .at_edges = {{0, Quality{.startup_ms = 300, .rung_ms = {}, .faults = {}}}}};
    };
    for (int at = 0; at < 100; ++at) {
        up.add(Uuid{static_cast<std::uint8_t>(at)}, heard(at));
        down.add(Uuid{static_cast<std::uint8_t>(99 - at)}, heard(99 - at));
    }
    EXPECT_EQ(up, down);
    EXPECT_EQ(up.players().size(), Tally::players_limit);
    EXPECT_EQ(up.presence().watched(), 1000s);
}

} // namespace
} // namespace bw::attendance
