#include "net/websocket_frames.hpp"

#include <gtest/gtest.h>

#include "net/websocket_frames_of.hpp"

namespace bw::net {
namespace {

constexpr std::size_t limit = 70'000;

std::string code(int value, std::string_view reason = "") {
    return std::string{static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}.append(
        reason);
}

TEST(WebSocketReader, TakesOrRefusesEachFrameHoweverItIsCut) {
    const std::string close = client_frame(0x88, "");
    struct Case {
        std::string bytes;
        std::string outcome;
    };
    const Case cases[] = {
        {"", ""},
        {client_frame(0x81, "hi"), "text[hi] "},
        {client_frame(0x81, "") + client_frame(0x82, "\xff"), "text[] binary[\xff] "},
        {client_frame(0x81, std::string(125, 'a')), "text[" + std::string(125, 'a') + "] "},
        {client_frame(0x81, std::string(126, 'a')), "text[" + std::string(126, 'a') + "] "},
        {client_frame(0x82, std::string(65'535, 'a')), "binary[" + std::string(65'535, 'a') + "] "},
        {client_frame(0x82, std::string(65'536, 'a')), "binary[" + std::string(65'536, 'a') + "] "},
        // Fragments, with control frames between them.
        {client_frame(0x01, "a") + client_frame(0x00, "b") + client_frame(0x80, "c"), "text[abc] "},
        {client_frame(0x01, "a") + client_frame(0x89, "p") + client_frame(0x80, "c") +
             client_frame(0x82, "d"),
         "ping[p] text[ac] binary[d] "},
        {client_frame(0x02, "") + client_frame(0x80, ""), "binary[] "},
        {client_frame(0x8a, "x") + client_frame(0x89, std::string(125, 'p')),
         "pong[x] ping[" + std::string(125, 'p') + "] "},
        {client_frame(0x01, "a") + close, "close 1005"},
        {client_frame(0x80, "a"), "failed 1002"}, // of nothing
        {client_frame(0x81, "a") + client_frame(0x80, "a"), "text[a] failed 1002"},
        {client_frame(0x01, "a") + client_frame(0x81, "b"), "failed 1002"}, // within another
        {client_frame(0x09, ""), "failed 1002"},                            // a control fragment
        {client_frame(0x89, std::string(126, 'p')), "failed 1002"},
        {client_frame(0x81, "a", false), "failed 1002"}, // not masked
        {client_frame(0xc1, "a"), "failed 1002"},        // RSV1: deflate
        {client_frame(0xa1, "a"), "failed 1002"},
        {client_frame(0x91, "a"), "failed 1002"},
        {client_frame(0x83, ""), "failed 1002"},
        {client_frame(0x8b, ""), "failed 1002"},
        // Lengths not in their shortest form, or beyond 63 bits.
        {"\x81\xfe" + std::string("\0\x7d"
                                  "mask",
                                  6),
         "failed 1002"},
        {"\x81\xff" + std::string("\0\0\0\0\0\0\xff\xff"
                                  "mask",
                                  12),
         "failed 1002"},
        {"\x82\xff" + std::string("\x80\0\0\0\0\0\0\0"
                                  "mask",
                                  12),
         "failed 1002"},
        // Larger than allowed: known from the head.
        {"\x82\xff" + std::string("\0\0\0\0\0\x01\x11\x71"
                                  "mask",
                                  12),
         "failed 1009"},
        {"\x82\xff" + std::string("\x7f\xff\xff\xff\xff\xff\xff\xff"
                                  "mask",
                                  12),
         "failed 1009"},
        {client_frame(0x02, std::string(60'000, 'a')) +
             client_frame(0x80, std::string(10'001, 'a')),
         "failed 1009"},
        // UTF-8: characters may be cut by fragments, not by messages.
        {client_frame(0x01, "\xe2\x82") + client_frame(0x80, "\xac"), "text[\xe2\x82\xac] "},
        {client_frame(0x81, "\xe2\x82"), "failed 1007"},
        {client_frame(0x81, "\xc0\x80"), "failed 1007"},
        {client_frame(0x81, "\xed\xa0\x80"), "failed 1007"},
        {client_frame(0x01, "abc\xff"
                            "def"),
         "failed 1007"}, // at once, not at the end
        {client_frame(0x82, "\xed\xa0\x80"), "binary[\xed\xa0\x80] "},
        // Close codes and reasons.
        {client_frame(0x88, code(1000, "bye")), "close 1000"},
        {client_frame(0x88, code(4999)) + "rubbish", "close 4999"},
        {client_frame(0x88, "x"), "failed 1002"},
        {client_frame(0x88, code(999)), "failed 1002"},
        {client_frame(0x88, code(1005)), "failed 1002"},
        {client_frame(0x88, code(1006)), "failed 1002"},
        {client_frame(0x88, code(1015)), "failed 1002"},
        {client_frame(0x88, code(2999)), "failed 1002"},
        {client_frame(0x88, code(5000)), "failed 1002"},
        {client_frame(0x88, code(1000, "\xff")), "failed 1007"},
    };
    for (const Case& c : cases) {
        std::string whole = websocket_frames_of(c.bytes, limit, [&] { return c.bytes.size(); });
        EXPECT_EQ(whole, c.outcome) << testing::PrintToString(c.bytes.substr(0, 40));
        for (std::size_t step : {1U, 3U, 1000U})
            EXPECT_EQ(websocket_frames_of(c.bytes, limit, [&] { return step; }), whole)
                << testing::PrintToString(c.bytes.substr(0, 40)) << " in pieces of " << step;
    }
}

TEST(WebSocketWriter, LengthsTakeTheirShortestForm) {
    for (auto [size, head] : {std::pair<std::size_t, std::string>{0, std::string("\x82\0", 2)},
                              {125, "\x82\x7d"},
                              {126, std::string("\x82\x7e\0\x7e", 4)},
                              {65'535, "\x82\x7e\xff\xff"},
                              {65'536, std::string("\x82\x7f\0\0\0\0\0\x01\0\0", 10)}}) {
        std::string out;
        append_frame(out, Opcode::binary, std::string(size, 'x'));
        EXPECT_EQ(out, head + std::string(size, 'x')) << size;
    }
}

TEST(WebSocketWriter, CloseFramesAreShortAndSendable) {
    EXPECT_EQ(close_frame(1001, ""), std::string("\x88\x02\x03\xe9", 4));
    EXPECT_EQ(close_frame(close_code::no_code, "unsaid"), std::string("\x88\0", 2));
    std::string reason;
    for (int i = 0; i < 100; ++i)
        reason += "\xe2\x82\xac";
    std::string cut = close_frame(1000, reason); // 123 bytes of reason are 41 whole characters
    EXPECT_EQ(cut.size(), 4U + 123U);
    EXPECT_DEATH(close_frame(1006, ""), "never sent");
}

} // namespace
} // namespace bw::net
