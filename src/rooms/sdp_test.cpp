#include "rooms/sdp.hpp"

#include <gmock/gmock.h>

namespace bw::rooms {
namespace {

using ::testing::ElementsAre, ::testing::IsEmpty;

std::string offer(std::initializer_list<std::string_view> lines) {
    std::string out = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    for (const std::string_view line : lines)
        out += std::string(line) + "\r\n";
    return out;
}

TEST(Sdp, SaysWhatIsSent) {
    const auto both =
        inspect_offer(offer({"m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=sendrecv",
                             "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1"}));
    ASSERT_TRUE(both) << both.error().text();
    EXPECT_THAT(both->audio, ElementsAre("0"));
    EXPECT_THAT(both->video, ElementsAre("1")) << "a section without a direction sends";
    const auto none = inspect_offer(offer(
        {"m=audio 9 X 111", "a=mid:0", "a=recvonly", "m=video 0 X 96", "a=mid:1", "a=sendonly"}));
    ASSERT_TRUE(none);
    EXPECT_THAT(none->audio, IsEmpty());
    EXPECT_THAT(none->video, IsEmpty());
}

TEST(Sdp, RefusesWhatTwoReadersCouldReadTwice) {
    const std::string refused[] = {
        "",
        "hello",
        offer({"m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:0"}),
        offer({"a=recvonly", "m=audio 9 X 111", "a=mid:0"}),
        offer({"m=audio 9 X 111", "a=mid:0", "a=recvonly", "a=sendrecv"}),
        offer({"m=audio 9 X 111", "a=mid:0", "a=mid:1"}),
        offer({"m=audio 9 X 111"}),
        offer({"m=audio 9 X 111\rm=video 9 X 96", "a=mid:0"}),
        offer({"m=audio 9 X 111", "a=mid:\"0"}),
        offer({"m=audio 9 X 1", "a=mid:0", "m=audio 9 X 1", "a=mid:1"}),
        offer({"m=video 9 X 1", "a=mid:0", "m=video 9 X 1", "a=mid:1", "m=video 9 X 1", "a=mid:2"}),
        "v=0\r\n" + std::string(sdp_bytes_limit, 'a'),
    };
    for (const std::string& sdp : refused)
        EXPECT_FALSE(inspect_offer(sdp)) << sdp.substr(0, 200);
}

} // namespace
} // namespace bw::rooms
