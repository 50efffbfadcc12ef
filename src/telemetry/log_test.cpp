// The log's guard: no secret by name, none by look.
#include "telemetry/log.hpp"

#include <gtest/gtest.h>

namespace bw::log {
namespace {

// A FieldName of a name for which this holds does not compile.
static_assert(names_a_secret("password") && names_a_secret("new_password") &&
              names_a_secret("access_tokens") && names_a_secret("authorization") &&
              names_a_secret("cookie") && names_a_secret("secret") && names_a_secret("key") &&
              names_a_secret("idempotency_key") && names_a_secret("body"));
static_assert(!names_a_secret("monkey") && !names_a_secret("kid") && !names_a_secret("tenant_id") &&
              !names_a_secret("tokenizer") && !names_a_secret("") && !names_a_secret("_"));

TEST(Log, WhatLooksLikeACredentialIsMasked) {
    struct Case {
        std::string text, masked;
    };
    const std::string jwt = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl-_x";
    const Case cases[] = {
        {"nothing here", "nothing here"},
        {"", ""},
        {jwt, "[masked]"},
        {"bad token '" + jwt + "' came", "bad token '[masked]' came"},
        {"Authorization: Bearer abc.def, then", "Authorization: Bearer [masked], then"},
        {"authorization: basic YWRhOmJlbGw=", "authorization: basic [masked]"},
        {"eyJ is short", "eyJ is short"},
        {"Bearer ", "Bearer "},
        {jwt + " " + jwt, "[masked] [masked]"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(masked(c.text), c.masked);
}

} // namespace
} // namespace bw::log
