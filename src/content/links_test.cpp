// Which addresses may stand on a section's page.
#include "content/links.hpp"

#include <gtest/gtest.h>

namespace bw::content {
namespace {

TEST(Links, HttpsToANamedHostMayStand) {
    for (const char* url :
         {"https://library.example", "https://library.example/", "https://a.b.example:8443/x?y=z#w",
          "https://xn--bcher-kva.example/B%C3%BCcher", "https://library.example?q=a@b",
          "https://LIBRARY.example/Path", "https://library.example/@user/video"})
        EXPECT_TRUE(check_link(url, "/url")) << url;
}

TEST(Links, WhatABrowserRunsOrMisreadsMayNot) {
    for (const std::string& url : std::initializer_list<std::string>{
             "",
             "https://",
             "http://library.example",
             "javascript:alert(1)",
             "JAVASCRIPT:alert(1)//https://library.example",
             "data:text/html,x",
             "//library.example",
             "HTTPS://library.example",
             "https:/library.example",
             " https://library.example",
             "https://library.example/ x",
             "https://library.example/\n",
             "https://library.example/\"",
             "https://library.example/<script>",
             "https://library.example\\@evil.example",
             "https://library.example/%",
             "https://library.example/%2",
             "https://library.example/%zz",
             "https://school.example@evil.example",
             "https://u:p@evil.example",
             "https://localhost/",
             "https://127.0.0.1/",
             "https://[::1]/",
             "https://2130706433/",
             "https://library.example:0",
             "https://library.example:65536",
             "https://library.example:",
             "https://library.example:80x",
             "https://.example",
             "https://library..example",
             "https://b\303\274cher.example",
             std::string("https://library.example/\0", 25),
             "https://library.example/" + std::string(link_bytes_limit, 'x')}) {
        const auto checked = check_link(url, "/url");
        ASSERT_FALSE(checked) << url;
        EXPECT_EQ(checked.error().code, Code::invalid_field);
        EXPECT_EQ(checked.error().field, "/url");
    }
}

} // namespace
} // namespace bw::content
