// What documents say of second factors: JSON Schema for second_factor_routes.cpp.
#pragma once

#include <string_view>

namespace bw::auth {

#define BW_AUTH_CODE                                                                               \
    R"("code": {"type": "string", "minLength": 1, "maxLength": 32,
            "description": "Six digits, or a recovery code with hyphens or without. Counts once."})"
#define BW_AUTH_CHALLENGE                                                                          \
    R"("challenge": {"type": "string", "minLength": 1, "maxLength": 512,
            "description": "The `second_factor.challenge` of the 401."})"

constexpr std::string_view code_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["code"],
    "properties": {
        )" BW_AUTH_CODE R"(
    }
})";
constexpr std::string_view code_example = R"({"code": "123456"})";

constexpr std::string_view second_factor_sign_in_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["challenge", "code"],
    "properties": {
        )" BW_AUTH_CHALLENGE R"(,
        )" BW_AUTH_CODE R"(,
        "device": {"type": "string", "minLength": 1, "maxLength": 200,
            "description": "As at sign-in."},
        "mode": {"enum": ["bearer", "cookie"], "description": "As at sign-in."}
    }
})";
constexpr std::string_view second_factor_sign_in_example =
    R"({"challenge": "bwc_AQEC", "code": "123456"})";

constexpr std::string_view challenge_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["challenge"],
    "properties": {
        )" BW_AUTH_CHALLENGE R"(
    }
})";
constexpr std::string_view challenge_example = R"({"challenge": "bwc_AQEC"})";

constexpr std::string_view enrolment_schema = R"({
    "type": "object",
    "required": ["secret", "otpauth_uri"],
    "properties": {
        "secret": {"type": "string", "pattern": "^[A-Z2-7]{32}$", "description": "Base32, for typing. Shown once."},
        "otpauth_uri": {"type": "string", "description": "The same as authenticator apps read it from a QR code."}
    }
})";

constexpr std::string_view recovery_codes_schema = R"({
    "type": "object",
    "required": ["recovery_codes"],
    "properties": {
        "recovery_codes": {"type": "array", "items": {"type": "string"},
            "description": "Each stands in for a code once. Shown once: print them."}
    }
})";

constexpr std::string_view second_factor_schema = R"({
    "type": "object",
    "required": ["state", "recovery_codes_left"],
    "properties": {
        "state": {"enum": ["none", "begun", "confirmed"]},
        "confirmed_at": {"type": "string", "format": "date-time"},
        "recovery_codes_left": {"type": "integer", "minimum": 0}
    }
})";

#undef BW_AUTH_CODE
#undef BW_AUTH_CHALLENGE

} // namespace bw::auth
