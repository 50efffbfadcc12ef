// Which texts are host names, and how a Host header is looked up.
#include "tenancy/host_name.hpp"

#include <gtest/gtest.h>

namespace bw::tenancy {
namespace {

TEST(OwnHost, Table) {
    const std::string label(63, 'a');
    const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
    struct Case {
        const char* what;
        std::string text, kept; // empty: refused
    };
    const Case cases[] = {
        {"two labels", "school.example", "school.example"},
        {"upper case", "Learn.School.EXAMPLE", "learn.school.example"},
        {"digits first (RFC 1123)", "3com.example", "3com.example"},
        {"an A-label", "xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"hyphens elsewhere", "a-b--c.example", "a-b--c.example"},
        {"253 characters", longest, longest},
        {"254 characters", longest + "a", ""},
        {"a label of 64", label + "a.example", ""},
        {"one label is a slug", "school", ""},
        {"empty", "", ""},
        {"an empty label", "school..example", ""},
        {"a last dot", "school.example.", ""},
        {"a first dot", ".school.example", ""},
        {"a hyphen first", "-school.example", ""},
        {"a hyphen last", "school-.example", ""},
        {"hyphens that are reserved", "ab--cd.example", ""},
        {"nothing after xn--", "xn--.example", ""},
        {"an underscore", "my_school.example", ""},
        {"a wildcard", "*.school.example", ""},
        {"a port", "school.example:443", ""},
        {"a scheme", "https://school.example", ""},
        {"a blank", "school .example", ""},
        {"a line end", "school.example\n", ""},
        {"a NUL", std::string("school.ex\0mple", 14), ""},
        {"not ASCII", "b\u00fccher.example", ""},
        {"an IPv4 address", "192.0.2.1", ""},
        {"an IPv6 address", "[2001:db8::1]", ""},
        {"digits last", "school.123", ""},
    };
    for (const Case& c : cases) {
        auto host = own_host(c.text);
        ASSERT_EQ(host.has_value(), !c.kept.empty()) << c.what;
        if (host) {
            EXPECT_EQ(*host, c.kept) << c.what;
        } else {
            EXPECT_EQ(host.error().code, Code::invalid_field) << c.what;
        }
    }
    EXPECT_NE(own_host("b\u00fccher.example").error().detail.find("xn--"), std::string::npos);
}

TEST(HostLookedUp, Table) {
    const std::pair<const char*, const char*> cases[] = {
        {"Alpha.School.test:8480", "alpha.school.test"},
        {"alpha.school.test.", "alpha.school.test"},
        {"alpha.school.test.:80", "alpha.school.test"},
        {"127.0.0.1:8480", "127.0.0.1"},
        {"[::1]:8480", "[::1]"},
        {"", ""}};
    for (const auto& [header, host] : cases)
        EXPECT_EQ(host_looked_up(header), host) << header;
    EXPECT_TRUE(is_address("127.0.0.1"));
    EXPECT_TRUE(is_address("[::1]"));
    EXPECT_FALSE(is_address("1.school"));
    EXPECT_FALSE(is_address("12"));
}

} // namespace
} // namespace bw::tenancy
