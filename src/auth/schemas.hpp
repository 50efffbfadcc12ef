// What documents say of sign-in's bodies: JSON Schema for the routes, which enforce what stands
// here. Limits that count bytes are said in words: JSON Schema counts characters.
#pragma once

#include <string_view>

namespace bw::auth {

constexpr std::string_view sign_in_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["username", "password"],
    "properties": {
        "username": {"type": "string", "minLength": 1, "maxLength": 255,
            "description": "As in the roster; case does not count. At most 255 bytes of UTF-8."},
        "password": {"type": "string", "format": "password", "minLength": 1, "maxLength": 1024,
            "description": "At most 1024 bytes of UTF-8."},
        "device": {"type": "string", "minLength": 1, "maxLength": 200,
            "description": "What the session's owner will know it by, in at most 200 bytes of UTF-8. Without it: the User-Agent."},
        "device_token": {"type": "string", "minLength": 1, "maxLength": 128,
            "description": "Of the last sign-in to this account on this device: others' failed attempts then do not delay this one. Without it: the cookie's."},
        "mode": {"enum": ["bearer", "cookie"],
            "description": "Where the tokens go: into the answer, or into cookies that scripts cannot read."},
        "shared_device": {"type": "boolean",
            "description": "Others use this device next: the session lives as long as the institution lets it, 90 minutes at first, its cookies as long as the browser runs, and the class's teacher can end it."}
    }
})";

constexpr std::string_view refresh_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "refresh_token": {"type": "string", "minLength": 1, "maxLength": 512,
            "description": "Of the latest answer. Without it: the cookie's."}
    }
})";

constexpr std::string_view refresh_example = R"({"refresh_token": "bwr_AQEC"})";

constexpr std::string_view sign_in_example = R"({"username": "ada", "password": "bell-at-nine"})";

#define BW_AUTH_IDENTITY_PROPERTIES                                                                \
    R"("session_id": {"type": "string", "pattern": "^ses_[0-9a-f]{32}$"},
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$", "description": "The institution."},
        "roles": {"$ref": "#/components/schemas/Roles"},
        "expires_at": {"type": "string", "format": "date-time", "description": "The access token's end."})"

constexpr std::string_view access_token_schema = R"({
    "type": "object",
    "required": ["expires_at", "renew_at", "refresh_expires_at", "session_id", "user_id", "tenant_id", "roles"],
    "properties": {
        "routing": {"type": "string", "description": "A hint for the proxy in front: send it as `BW-Route` where no cookie is kept. It says nothing and opens nothing."},
        "access_token": {"type": "string", "description": "A signed JWT (RFC 9068); send it as `Authorization: Bearer`. Not where it went into a cookie."},
        "refresh_token": {"type": "string", "description": "For POST /v1/sessions/refresh, once. Keep it where no script of others reads it."},
        "device_token": {"type": "string", "description": "After a sign-in: keep it for as long as the device is the person's, and send it with the next sign-in. It opens nothing."},
        "recovery_codes": {"type": "array", "items": {"type": "string"}, "description": "Shown once, after a second factor was made on the way in."},
        "refresh_expires_at": {"type": "string", "format": "date-time", "description": "When the session ends, however often it is renewed."},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "minimum": 1, "description": "Seconds."},
        "renew_at": {"type": "string", "format": "date-time",
            "description": "When to refresh: a moment of this token's own, so that a class does not come back at once."},
        )" BW_AUTH_IDENTITY_PROPERTIES R"(
    }
})";

constexpr std::string_view session_schema = R"({
    "type": "object",
    "required": ["session_id", "user_id", "tenant_id", "roles", "expires_at"],
    "properties": {
        )" BW_AUTH_IDENTITY_PROPERTIES R"(
    }
})";

constexpr std::string_view session_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {"type": "array", "maxItems": 100, "items": {
            "type": "object",
            "required": ["session_id", "device", "began_at", "used_at", "expires_at", "current"],
            "properties": {
                "session_id": {"type": "string", "pattern": "^ses_[0-9a-f]{32}$"},
                "device": {"type": "string"},
                "began_at": {"type": "string", "format": "date-time"},
                "used_at": {"type": "string", "format": "date-time", "description": "Signed in, or refreshed last."},
                "expires_at": {"type": "string", "format": "date-time"},
                "current": {"type": "boolean", "description": "The one that this request came from."}
            }
        }}
    }
})";

constexpr std::string_view me_schema = R"({
    "type": "object",
    "required": ["user_id", "tenant_id", "username", "given_name", "family_name", "roles", "session_id", "expires_at"],
    "properties": {
        "username": {"type": "string"},
        "given_name": {"type": "string"},
        "family_name": {"type": "string"},
        )" BW_AUTH_IDENTITY_PROPERTIES R"(
    }
})";

/// Of tenancy::KeyRing::jwk_set(): RFC 7517, with the keys of RFC 8037 and RFC 7518.
constexpr std::string_view token_key_set_schema = R"({
    "type": "object",
    "description": "A JWK set (RFC 7517).",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": {
        "type": "object",
        "required": ["kty", "crv", "use", "alg", "kid", "x"],
        "properties": {
            "kty": {"enum": ["OKP", "EC"]},
            "crv": {"enum": ["Ed25519", "P-256"]},
            "use": {"const": "sig"},
            "alg": {"enum": ["EdDSA", "ES256"]},
            "kid": {"type": "string", "minLength": 1},
            "x": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$", "description": "The public key, base64url; of an EC key its x."},
            "y": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$", "description": "Of an EC key alone."}
        }
    }}}
})";

#undef BW_AUTH_IDENTITY_PROPERTIES

constexpr std::string_view new_bell_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["at"],
    "properties": {
        "at": {"type": "string", "format": "date-time", "description": "A moment to come, within 400 days."},
        "lasts_seconds": {"type": "integer", "minimum": 0, "maximum": 14400, "description": "Of the lesson or exam that begins then; 0 unless said."}
    }
})";
constexpr std::string_view new_bell_example =
    R"({"at": "2027-01-11T09:00:00Z", "lasts_seconds": 3600})";
constexpr std::string_view bell_schema = R"({
    "type": "object",
    "required": ["bell_id", "at", "lasts_seconds"],
    "properties": {
        "bell_id": {"type": "string", "pattern": "^bel_[0-9a-f]{32}$"},
        "at": {"type": "string", "format": "date-time"},
        "lasts_seconds": {"type": "integer", "minimum": 0}
    }
})";
constexpr std::string_view bell_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Bell"}}}
})";

} // namespace bw::auth
