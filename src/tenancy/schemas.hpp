// What documents say of tenancy's own texts: JSON Schema for the route tables of the modules above.
#pragma once

#include <string_view>

namespace bw::tenancy {

/// Of jwk_set(): RFC 7517, with the keys of RFC 8037.
constexpr std::string_view key_set_schema = R"({
    "type": "object",
    "description": "A JWK set (RFC 7517).",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "minItems": 1, "items": {
        "type": "object",
        "required": ["kty", "crv", "use", "alg", "kid", "x"],
        "properties": {
            "kty": {"const": "OKP"},
            "crv": {"const": "Ed25519"},
            "use": {"const": "sig"},
            "alg": {"const": "EdDSA"},
            "kid": {"type": "string", "minLength": 1},
            "x": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$", "description": "The public key, base64url."}
        }
    }}}
})";

constexpr std::string_view roles_schema = R"({
    "type": "array",
    "description": "What the access token lets its holder be.",
    "uniqueItems": true,
    "items": {"enum": ["student", "teacher", "administrator"]}
})";

} // namespace bw::tenancy
