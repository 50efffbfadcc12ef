// LiveKit's tokens, and what its API is told: against a fake that checks who calls.
#include "rooms/livekit.hpp"

#include <gmock/gmock.h>

#include "video/signing.hpp"
#include "video/web_server_for_test.hpp"

namespace bw::rooms {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr;

const UserId ada{{1, 2, 3}};
const LiveClassId room_id{{7}};

LiveKitOptions options(std::string url = "http://127.0.0.1:1") {
    return {.url = "wss://livekit.test",
            .api_url = std::move(url),
            .api_key = "APIkey",
            .api_secret = "a secret of more than thirty-two bytes"};
}

TEST(LiveKitToken, IsTheGrant) {
    const Member student{.user = ada, .may = live::Right::data, .name = "Ada"};
    const Instant now{1'700'000'000'000};
    // Both accepted by livekit-server-sdk 2.19's TokenVerifier, with these claims.
    EXPECT_EQ(livekit_token(options(), "liv_7", student, now),
              "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3MDAwMDAwNjAsImlzcyI6IkFQSWtleSI"
              "sIm5iZiI6MTcwMDAwMDAwMCwic3ViIjoidXNyXzAxMDIwMzAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA"
              "wIiwibmFtZSI6IkFkYSIsInZpZGVvIjp7InJvb20iOiJsaXZfNyIsInJvb21Kb2luIjp0cnVlLCJjYW5"
              "TdWJzY3JpYmUiOnRydWUsImNhblB1Ymxpc2giOmZhbHNlLCJjYW5QdWJsaXNoU291cmNlcyI6W10sImN"
              "hblB1Ymxpc2hEYXRhIjpmYWxzZSwiY2FuVXBkYXRlT3duTWV0YWRhdGEiOmZhbHNlfX0.2NyLQyYOkk2"
              "m2QGrFmPfau0FbCI84vtm14kDCtoFBWo");
    const Member teacher{.user = ada,
                         .role = live::RoomRole::teacher,
                         .may = live::all_rights,
                         .name = "Grace \"G\""};
    EXPECT_EQ(livekit_token(options(), "liv_7", teacher, now),
              "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3MDAwMDAwNjAsImlzcyI6IkFQSWtleSI"
              "sIm5iZiI6MTcwMDAwMDAwMCwic3ViIjoidXNyXzAxMDIwMzAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA"
              "wIiwibmFtZSI6IkdyYWNlIFwiR1wiIiwidmlkZW8iOnsicm9vbSI6Imxpdl83Iiwicm9vbUpvaW4iOnR"
              "ydWUsImNhblN1YnNjcmliZSI6dHJ1ZSwiY2FuUHVibGlzaCI6dHJ1ZSwiY2FuUHVibGlzaFNvdXJjZXM"
              "iOlsibWljcm9waG9uZSIsImNhbWVyYSIsInNjcmVlbl9zaGFyZSIsInNjcmVlbl9zaGFyZV9hdWRpbyJ"
              "dLCJjYW5QdWJsaXNoRGF0YSI6ZmFsc2UsImNhblVwZGF0ZU93bk1ldGFkYXRhIjpmYWxzZX19.nw81ap"
              "K79JS9USC89jeSKZgYbOACenr671To9t5PCfQ");
    EXPECT_EQ(livekit_admin_token(options(), "liv_7", now),
              "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3MDAwMDAwNjAsImlzcyI6IkFQSWtleSI"
              "sIm5iZiI6MTcwMDAwMDAwMCwidmlkZW8iOnsicm9vbSI6Imxpdl83Iiwicm9vbUFkbWluIjp0cnVlfX0"
              ".d5TcdENweUCwqEKaNGLle57Z82SCvTKfFWikcWQtieM");
}

struct LiveKitApi : testing::Test {
    ManualClock clock{Instant{1'700'000'000'000}};
    SeededRng rng{1};
    std::mutex mutex;
    std::vector<std::string> told; // method and body
    int broken = 0;                // calls that fail first
    video::test::WebServer server{[this](const video::test::Asked& asked) {
        const std::scoped_lock lock(mutex);
        if (!signed_for_the_room(asked))
            return video::test::Reply{.status = 401};
        if (broken-- > 0)
            return video::test::Reply{.status = 500};
        told.push_back(asked.path.substr(asked.path.rfind('/') + 1) + " " + asked.body);
        if (asked.path.ends_with("/GetParticipant"))
            return video::test::Reply{
                .body = R"({"sid":"PA_1","tracks":[{"sid":"TR_sound","type":"AUDIO"},)"
                        R"({"sid":"TR_picture","type":"VIDEO"},{"sid":"TR_default"}]})"};
        return video::test::Reply{.body = "{}"};
    }};
    std::unique_ptr<LiveKit> livekit = LiveKit::make(options(server.url), clock, rng).value();
    std::shared_ptr<MediaRoom> room = livekit->make_room(room_id);

    /// As a server of LiveKit looks at it, by hand.
    static bool signed_for_the_room(const video::test::Asked& asked) {
        const auto found = asked.headers.find("authorization");
        if (found == asked.headers.end() || !found->second.starts_with("Bearer "))
            return false;
        const std::string token = found->second.substr(7);
        const std::size_t dot = token.find('.'), last = token.rfind('.');
        const auto claims = from_base64url(token.substr(dot + 1, last - dot - 1));
        const Bytes mac = video::HmacSha256(options().api_secret).sign({token.substr(0, last)});
        return claims && token.substr(last + 1) == to_base64url(mac) &&
               claims->contains(R"("iss":"APIkey")") &&
               claims->contains(R"("video":{"room":")" + room_id.text() +
                                R"(","roomAdmin":true})") &&
               asked.body.contains(room_id.text());
    }
    void settle() {
        while (livekit->run_one())
            ;
    }
    std::string who() const {
        return R"({"room":")" + room_id.text() + R"(","identity":")" + ada.text() + "\"";
    }
};

TEST_F(LiveKitApi, WhoIsPutOutIsRemovedUntilTheirTokenIsOver) {
    EXPECT_THAT(room->snapshot_for({.user = ada}), HasSubstr(R"("by":"livekit","url":"wss://)"));
    room->left(ada);
    settle();
    ASSERT_THAT(told, ElementsAre("RemoveParticipant " + who() + "}"));
    for (int i = 0; i < 40; ++i) { // whoever had kept the token and came with it, is out again
        clock.advance(2s);
        settle();
    }
    EXPECT_EQ(told.size(), 31U);
    EXPECT_EQ(livekit->status().waiting, 0U);
}

TEST_F(LiveKitApi, WhoComesAgainIsNotRemoved) {
    room->snapshot_for({.user = ada});
    room->left(ada);
    settle();
    room->snapshot_for({.user = ada});
    clock.advance(2min);
    settle();
    EXPECT_EQ(told.size(), 1U);
}

TEST_F(LiveKitApi, RightsAndSilenceAreTold) {
    room->may(ada, live::Rights(live::Right::audio));
    room->may(ada, {});
    room->silence(ada);
    settle();
    EXPECT_THAT(
        told,
        ElementsAre(
            "UpdateParticipant " + who() +
                R"(,"permission":{"canSubscribe":true,"canPublish":true,"canPublishSources":["MICROPHONE"],"canPublishData":false}})",
            "UpdateParticipant " + who() +
                R"(,"permission":{"canSubscribe":true,"canPublish":false,"canPublishSources":[],"canPublishData":false}})",
            "GetParticipant " + who() + "}",
            "MutePublishedTrack " + who() + R"(,"trackSid":"TR_sound","muted":true})",
            "MutePublishedTrack " + who() + R"(,"trackSid":"TR_default","muted":true})"));
}

TEST_F(LiveKitApi, AFaultIsTriedAgainAndAWrongSecretIsNot) {
    broken = 2;
    room->left(ada);
    for (int i = 0; i < 4; ++i) {
        settle();
        clock.advance(10s);
    }
    EXPECT_EQ(told.size(), 1U);
    auto wrong = options(server.url);
    wrong.api_secret = "another";
    const auto stranger = LiveKit::make(wrong, clock, rng).value();
    stranger->make_room(room_id)->left(ada);
    while (stranger->run_one())
        ;
    EXPECT_EQ(told.size(), 1U);
    EXPECT_EQ(stranger->status().failed, 1U);
}

} // namespace
} // namespace bw::rooms
