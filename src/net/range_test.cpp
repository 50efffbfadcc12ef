#include "net/range.hpp"

#include <gtest/gtest.h>

namespace bw::net {
namespace {

std::string asked(std::string_view header, std::uint64_t size) {
    const RangeAsked a = parse_range(header, size);
    switch (a.kind) {
    case RangeAsked::Kind::all:
        return "all";
    case RangeAsked::Kind::none:
        return "none";
    case RangeAsked::Kind::part:
        break;
    }
    return std::to_string(a.range.first) + "+" + std::to_string(a.range.bytes);
}

TEST(Range, IsReadAsTheStandardSays) {
    const struct {
        std::string_view header;
        std::uint64_t size;
        std::string_view outcome;
    } table[] = {
        {"bytes=0-0", 10, "0+1"},
        {"bytes=0-9", 10, "0+10"},
        {"bytes=3-5", 10, "3+3"},
        {"bytes=3-", 10, "3+7"},
        {"bytes=9-", 10, "9+1"},
        {"bytes=3-100", 10, "3+7"},
        {"bytes=-3", 10, "7+3"},
        {"bytes=-30", 10, "0+10"},
        {"Bytes=1-2", 10, "1+2"},
        {"bytes= 1-2 ", 10, "1+2"},
        {"bytes=0-99999999999999999999999", 10, "0+10"},
        {"bytes=-99999999999999999999999", 10, "0+10"},
        // behind the end
        {"bytes=10-", 10, "none"},
        {"bytes=10-20", 10, "none"},
        {"bytes=99999999999999999999999-", 10, "none"},
        {"bytes=-0", 10, "none"},
        {"bytes=0-", 0, "none"},
        {"bytes=-5", 0, "none"},
        // ignored
        {"", 10, "all"},
        {"bytes", 10, "all"},
        {"bytes=", 10, "all"},
        {"bytes=-", 10, "all"},
        {"bytes=5-3", 10, "all"},
        {"bytes=1-2,4-5", 10, "all"},
        {"bytes=x-2", 10, "all"},
        {"bytes=1-x", 10, "all"},
        {"bytes=+1-2", 10, "all"},
        {"bytes=1--2", 10, "all"},
        {"bytes=0x1-2", 10, "all"},
        {"items=1-2", 10, "all"},
    };
    for (const auto& t : table)
        EXPECT_EQ(asked(t.header, t.size), t.outcome) << t.header << " of " << t.size;
}

TEST(Range, CountsForTheVersionThatIfRangeNames) {
    Request request;
    request.headers = {{"Range", "bytes=1-2"}};
    using Kind = RangeAsked::Kind;
    EXPECT_EQ(range_asked(request, "\"a\"", 10).kind, Kind::part);
    request.headers.emplace_back("If-Range", "\"a\"");
    EXPECT_EQ(range_asked(request, "\"a\"", 10).kind, Kind::part);
    EXPECT_EQ(range_asked(request, "\"b\"", 10).kind, Kind::all);
    request.headers.back().second = "W/\"a\"";
    EXPECT_EQ(range_asked(request, "\"a\"", 10).kind, Kind::all) << "a weak tag names no bytes";
    request.headers.back().second = "Sun, 29 Nov 2026 00:00:00 GMT";
    EXPECT_EQ(range_asked(request, "\"a\"", 10).kind, Kind::all);
    request.headers = {{"Range", "bytes=1-2"}, {"Range", "bytes=3-4"}};
    EXPECT_EQ(range_asked(request, "\"a\"", 10).kind, Kind::all);
}

TEST(Range, IsToldBack) {
    EXPECT_EQ(content_range(ByteRange{3, 4}, 10), "bytes 3-6/10");
    EXPECT_EQ(content_range(std::nullopt, 10), "bytes */10");
}

} // namespace
} // namespace bw::net
