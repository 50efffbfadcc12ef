// What requests on a resource say in their headers.
#include "net/resource_request.hpp"

#include <gtest/gtest.h>

namespace bw::net {
namespace {

Result<std::int64_t> version_of(const char* tag) {
    Request request;
    if (tag)
        request.headers.emplace_back("If-Match", tag);
    return version_in_if_match(request);
}

TEST(IfMatch, NamesAVersionInWhicheverFormItWasRead) {
    EXPECT_EQ(version_of("\"12\"").value(), 12);
    EXPECT_EQ(version_of("\"12+gz\"").value(), 12) << "as a compressed answer's ETag has it";
}

TEST(IfMatch, WhatIsNoVersionIsRefused) {
    EXPECT_EQ(version_of(nullptr).error().code, Code::precondition_required);
    for (const char* tag : {"", "\"", "\"\"", "12", "\"12", "12\"", "+gz\"", "\"+gz\"", "\"12+gz",
                            "W/\"12\"", "\"12\", \"13\"", "*", "\"x\"", "\"-\""})
        EXPECT_EQ(version_of(tag).error().code, Code::precondition_failed) << tag;
}

} // namespace
} // namespace bw::net
