#include "rooms/message.hpp"

#include <gtest/gtest.h>

namespace bw::rooms {
namespace {

TEST(Message, HasAType) {
    struct Case {
        const char *message, *type; // null: refused
    };
    const Case cases[] = {
        {R"({"type":"hand"})", "hand"},
        {R"({"a":{"type":"x"},"type":"put_out"})", "put_out"},
        {R"({"type":""})", nullptr},
        {R"({"type":1})", nullptr},
        {R"({"type":"Hand"})", nullptr},
        {R"({"hand":"type"})", nullptr},
        {R"(["type"])", nullptr},
        {R"({"type":"hand")", nullptr},
        {"{\"type\":\"a\\u0000b\"}", nullptr},
        {"", nullptr},
    };
    for (const Case& c : cases) {
        const auto type = type_of(c.message);
        ASSERT_EQ(type.has_value(), c.type != nullptr) << c.message;
        if (type)
            EXPECT_EQ(*type, c.type);
    }
    EXPECT_TRUE(type_of(R"({"type":")" + std::string(type_bytes_limit, 'a') + R"("})"));
    EXPECT_FALSE(type_of(R"({"type":")" + std::string(type_bytes_limit + 1, 'a') + R"("})"));
}

TEST(Message, ARefusalSaysWhy) {
    Error error = fail(Code::quota_exceeded, "too many \"messages\"", "/text");
    error.retry_after = std::chrono::milliseconds(250);
    EXPECT_EQ(refusal("chat", error),
              R"({"type":"refused","of":"chat","code":"quota_exceeded",)"
              R"("detail":"too many \"messages\"","field":"/text","retry_after_ms":250})");
}

} // namespace
} // namespace bw::rooms
