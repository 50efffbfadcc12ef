// Entity tags: lists, comparisons, and the guard of a change.
#include "net/etag.hpp"

#include <gtest/gtest.h>

#include "net/policy_for_test.hpp"

namespace bw::net {
namespace {

using Headers = TestHeaders;

TEST(ETag, ListsAndComparisons) {
    using enum TagMatch;
    struct Case {
        const char* list;
        const char* tag;
        TagMatch strong, weak;
    };
    const Case cases[] = {
        {R"("a")", R"("a")", found, found},
        {R"("b", "a")", R"("a")", found, found},
        {R"(,"b",, "a" ,)", R"("a")", found, found},
        {R"("a,b", "c")", R"("a,b")", found, found},
        {"*", R"("a")", found, found},
        {" * ", R"("a")", found, found},
        {"*", "", none, none},
        {R"("a")", "", none, none},
        {R"(W/"a")", R"("a")", none, found},
        {R"("a")", R"(W/"a")", none, found},
        {R"(W/"a")", R"(W/"a")", none, found},
        {R"("A")", R"("a")", none, none},
        {R"("a+gz")", R"("a")", found, found},
        {R"("")", R"("")", found, found},
        {"a", R"("a")", malformed, malformed},
        {R"("a" "b")", R"("a")", malformed, malformed},
        {R"("a", *)", R"("a")", malformed, malformed},
        {R"("a)", R"("a")", malformed, malformed},
        {R"(w/"a")", R"("a")", malformed, malformed},
        {R"(W/a)", R"("a")", malformed, malformed},
        {R"("a b")", R"("a")", malformed, malformed},
        {"", R"("a")", malformed, malformed},
        {",", R"("a")", malformed, malformed},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(match_tags(c.list, c.tag, TagCompare::strong), c.strong) << c.list << c.tag;
        EXPECT_EQ(match_tags(c.list, c.tag, TagCompare::weak), c.weak) << c.list << c.tag;
    }
    EXPECT_NE(content_etag("a"), content_etag("b"));
    EXPECT_EQ(content_etag("a").size(), 36U);
    EXPECT_DEATH(strong_etag("a\"b"), "");
}

TEST(ETag, IfMatchGuardsAChange) {
    struct Case {
        Headers headers;
        const char* current;
        const char* outcome;
    };
    const Case cases[] = {
        {{{"If-Match", R"("3")"}}, R"("3")", "ok"},
        {{{"if-match", R"("2", "3")"}}, R"("3")", "ok"},
        {{{"If-Match", R"("2")"}, {"If-Match", R"("3")"}}, R"("3")", "ok"},
        {{{"If-Match", "*"}}, R"("3")", "ok"},
        {{{"If-Match", R"("3+gz")"}}, R"("3")", "ok"},
        {{}, R"("3")", "precondition_required"},
        {{{"If-Match", R"("2")"}}, R"("3")", "precondition_failed"},
        {{{"If-Match", R"(W/"3")"}}, R"("3")", "precondition_failed"},
        {{{"If-Match", "*"}}, "", "precondition_failed"},
        {{{"If-Match", "3"}}, R"("3")", "bad_request"},
        {{{"If-Match", R"("3")"}, {"If-Match", "4"}}, R"("3")", "bad_request"},
    };
    for (const Case& c : cases) {
        auto outcome = check_if_match(request_of(Method::put, c.headers), c.current);
        EXPECT_EQ(outcome ? "ok" : wire_name(outcome.error().code), c.outcome);
        EXPECT_EQ(outcome ? "If-Match" : outcome.error().field, "If-Match");
    }
}

} // namespace
} // namespace bw::net
