// Text forms of bytes, and what their readers refuse.
#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace bw {
namespace {

using namespace std::string_literals;

TEST(Hex, RoundTripAndRefusals) {
    EXPECT_EQ(to_hex("\x00\x7f\xff"s), "007fff");
    EXPECT_EQ(from_hex("007fff"), "\x00\x7f\xff"s);
    EXPECT_EQ(from_hex("007FFF"), "\x00\x7f\xff"s);
    EXPECT_EQ(from_hex(""), "");
    for (const char* bad : {"0", "0g", "00 ", " 00", "0x00", "00:11", "--"})
        EXPECT_FALSE(from_hex(bad)) << bad;
    EXPECT_FALSE(from_hex("00\0\0"s)); // a NUL is no end
}

TEST(Base64Url, Rfc4648Vectors) {
    struct Case {
        std::string raw, text;
    };
    for (const auto& [raw, text] :
         {Case{"", ""}, Case{"f", "Zg"}, Case{"fo", "Zm8"}, Case{"foo", "Zm9v"},
          Case{"foob", "Zm9vYg"}, Case{"\xfb\xff\xfe", "-__-"}}) {
        EXPECT_EQ(to_base64url(raw), text);
        EXPECT_EQ(from_base64url(text), raw);
    }
}

TEST(Base64Url, OneTextForOneValue) {
    struct Case {
        const char *text, *why;
    };
    for (const auto& [text, why] :
         {Case{"Zg==", "padding"}, Case{"Zg=", "half the padding"},
          Case{"Zh", "stray bits behind the last byte"},
          Case{"Zm9", "stray bits behind the last byte"}, Case{"Z", "a single character"},
          Case{"Zm9vY", "a single character at the end"}, Case{"Zm 8", "white space"},
          Case{"Zm8\n", "a line end"}, Case{"+//+", "the other alphabet"},
          Case{"Zm8.", "a foreign character"}})
        EXPECT_FALSE(from_base64url(text)) << why;
    EXPECT_FALSE(from_base64url("Zm8\0"s)) << "a NUL";
}

TEST(Utf8, Table) {
    struct Case {
        std::string text;
        bool good;
        const char* what;
    };
    const Case cases[] = {
        {"", true, "empty"},
        {"plain", true, "ASCII"},
        {"\0"s, true, "U+0000"},
        {"\xc2\x80", true, "first of two bytes"},
        {"\xdf\xbf", true, "last of two bytes"},
        {"\xe0\xa0\x80", true, "first of three bytes"},
        {"\xed\x9f\xbf", true, "last before the surrogates"},
        {"\xee\x80\x80", true, "first behind the surrogates"},
        {"\xef\xbf\xbf", true, "U+FFFF"},
        {"\xf0\x90\x80\x80", true, "first of four bytes"},
        {"\xf4\x8f\xbf\xbf", true, "U+10FFFF"},
        {"\xc0\x80", false, "overlong NUL"},
        {"\xc1\xbf", false, "overlong ASCII"},
        {"\xe0\x9f\xbf", false, "overlong two bytes"},
        {"\xf0\x8f\xbf\xbf", false, "overlong three bytes"},
        {"\xed\xa0\x80", false, "first surrogate"},
        {"\xed\xbf\xbf", false, "last surrogate"},
        {"\xf4\x90\x80\x80", false, "U+110000"},
        {"\xf5\x80\x80\x80", false, "F5"},
        {"\xff", false, "FF"},
        {"\x80", false, "continuation alone"},
        {"\xc3", false, "cut after one of two"},
        {"\xe2\x82", false, "cut after two of three"},
        {"\xf0\x9f\x98", false, "cut after three of four"},
        {"\xc3(", false, "no continuation"},
        {"\xe2\x82(", false, "no second continuation"},
        {"\xf0\x9f\x98(", false, "no third continuation"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(is_utf8(c.text), c.good) << c.what;
}

TEST(LittleEndian, RoundTrip) {
    Bytes out;
    put_le<std::uint16_t>(out, 0x1234);
    put_le<std::int64_t>(out, -2);
    EXPECT_EQ(to_hex(out), "3412feffffffffffffff");
    EXPECT_EQ(get_le<std::uint16_t>(out), 0x1234);
    EXPECT_EQ(get_le<std::int64_t>(ByteView(out).substr(2)), -2);
    EXPECT_FALSE(to_array<4>("123"));
    EXPECT_FALSE(to_array<4>("12345"));
}

} // namespace
} // namespace bw
