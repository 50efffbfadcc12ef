// What documents say of federation's bodies: JSON Schema for the routes, which enforce what stands
// here. Limits that count bytes are said in words: JSON Schema counts characters.
#pragma once

#include <string_view>

namespace bw::federation {

#define BW_FEDERATION_PROVIDER_ID                                                                  \
    R"("provider_id": {"type": "string", "pattern": "^idp_[0-9a-f]{32}$"})"
#define BW_FEDERATION_PRESET                                                                       \
    R"("preset": {"enum": ["generic", "google", "microsoft", "clever", "classlink"]})"
#define BW_FEDERATION_SETTINGS                                                                     \
    R"("algorithms": {"type": "array", "minItems": 1, "maxItems": 20, "uniqueItems": true, "items": {"enum": ["RS256", "ES256", "EdDSA"]},
            "description": "What the provider may sign ID tokens with; RS256 unless told."},
        "scopes": {"type": "array", "maxItems": 20, "uniqueItems": true, "contains": {"const": "openid"},
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_.:/-]+$", "maxLength": 255}, "description": "What is asked for."},
        "userinfo": {"type": "boolean", "description": "Ask the UserInfo endpoint for more claims."},
        "link_by_email": {"type": "boolean", "description": "Whoever comes for the first time is the one user here with their verified address. Only where the provider's word on addresses is good."},
        "email_verified_claim": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9_.:/-]+$",
            "description": "The claim that says so."},
        "sourced_id_claim": {"type": ["string", "null"], "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9_.:/-]+$",
            "description": "The claim that is a user's sourcedId here, on the provider's word. Null: none is."},
        "username_claim": {"type": ["string", "null"], "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9_.:/-]+$",
            "description": "The claim that is a user name here, on the provider's word. Null: none is."},
        "required_claims": {"type": "object", "maxProperties": 20,
            "propertyNames": {"pattern": "^[A-Za-z0-9_.:/-]+$", "maxLength": 100},
            "additionalProperties": {"type": "array", "minItems": 1, "maxItems": 20, "uniqueItems": true,
                "items": {"type": "string", "minLength": 1, "maxLength": 255}},
            "description": "Whom to let in: everybody has one of these values in each of these claims, such as Google's hd."},
        "email_domains": {"type": "array", "maxItems": 20, "uniqueItems": true,
            "items": {"type": "string", "pattern": "^[a-z0-9-]+(\\.[a-z0-9-]+)+$", "maxLength": 255},
            "description": "Addresses of other domains do not count. Empty: all do."},
        "create_users_as": {"enum": [null, "student", "teacher"],
            "description": "What those become who are not known here. Null: they are not let in."})"

constexpr std::string_view provider_description_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["name", "client_id"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[^\\u0000-\\u001f\\u007f]*$",
            "description": "What the sign-in page shows, in at most 100 bytes of UTF-8."},
        )" BW_FEDERATION_PRESET R"(,
        "enabled": {"type": "boolean"},
        "issuer": {"type": "string", "pattern": "^https?://[!-~]+$", "maxLength": 1000,
            "description": "https, without a query; the provider's configuration is at /.well-known/openid-configuration under it. Google, Clever and ClassLink have one each."},
        "client_id": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "client_auth": {"enum": ["none", "client_secret_basic", "client_secret_post"],
            "description": "How its token endpoint knows us; client_secret_basic unless told."},
        "client_secret": {"type": "string", "format": "password", "minLength": 1, "maxLength": 1000, "pattern": "^[ -~]+$",
            "description": "Kept encrypted, and never shown again."},
        )" BW_FEDERATION_SETTINGS R"(
    }
})";

constexpr std::string_view provider_example = R"({
    "name": "School account", "issuer": "https://login.school.example", "client_id": "bellwether",
    "client_secret": "of-the-provider", "link_by_email": true, "email_domains": ["school.example"]})";

constexpr std::string_view provider_schema = R"({
    "type": "object",
    "required": ["provider_id", "name", "preset", "enabled", "issuer", "client_id", "client_auth", "redirect_uri", "settings"],
    "properties": {
        )" BW_FEDERATION_PROVIDER_ID R"(,
        "name": {"type": "string"},
        )" BW_FEDERATION_PRESET R"(,
        "enabled": {"type": "boolean"},
        "issuer": {"type": "string"},
        "client_id": {"type": "string"},
        "client_auth": {"enum": ["none", "client_secret_basic", "client_secret_post"]},
        "redirect_uri": {"type": "string", "description": "What the provider must know to send people back, for this host name."},
        "settings": {"type": "object",
            "required": ["algorithms", "scopes", "userinfo", "link_by_email", "email_verified_claim", "sourced_id_claim", "username_claim", "required_claims", "email_domains", "create_users_as"],
            "properties": {
        )" BW_FEDERATION_SETTINGS R"(
        }}
    }
})";

constexpr std::string_view provider_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/IdentityProvider"}}}
})";

constexpr std::string_view sign_in_methods_schema = R"({
    "type": "object",
    "required": ["password", "data"],
    "properties": {
        "password": {"type": "boolean", "description": "POST /v1/sessions is one of them."},
        "data": {"type": "array", "maxItems": 100, "items": {
            "type": "object",
            "required": ["provider_id", "name", "preset", "start"],
            "properties": {
                )" BW_FEDERATION_PROVIDER_ID R"(,
                "name": {"type": "string"},
                )" BW_FEDERATION_PRESET R"(,
                "start": {"type": "string", "description": "Where to send the browser, on this host."}
            }
        }}
    }
})";

constexpr std::string_view exchange_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["code", "verifier"],
    "properties": {
        "code": {"type": "string", "minLength": 1, "maxLength": 1000, "description": "`federation_code`, as it came."},
        "verifier": {"type": "string", "minLength": 1, "maxLength": 128, "description": "What the challenge was made of."},
        "device": {"type": "string", "minLength": 1, "maxLength": 200,
            "description": "What the session's owner will know it by, in at most 200 bytes of UTF-8. Without it: the User-Agent."}
    }
})";
constexpr std::string_view exchange_example =
    R"({"code": "AAAA", "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"})";

constexpr std::string_view identity_link_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["provider_id"],
    "properties": {
        )" BW_FEDERATION_PROVIDER_ID R"(,
        "return_to": {"type": "string", "pattern": "^/[A-Za-z0-9._~!$&()*+,;=:@/?%-]*$", "maxLength": 500,
            "description": "Where to go on afterwards: a path of this host, without a fragment; not \"//\"."}
    }
})";
constexpr std::string_view identity_link_example =
    R"({"provider_id": "idp_0192f3c4a5b67c8d9e0f112233445566"})";

constexpr std::string_view departure_schema = R"({
    "type": "object",
    "required": ["authorization_url"],
    "properties": {"authorization_url": {"type": "string"}}
})";

constexpr std::string_view identity_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "maxItems": 100, "items": {
        "type": "object",
        "required": ["identity_id", "provider_id", "provider_name", "subject", "linked_by", "linked_at"],
        "properties": {
            "identity_id": {"type": "string", "pattern": "^idn_[0-9a-f]{32}$"},
            )" BW_FEDERATION_PROVIDER_ID R"(,
            "provider_name": {"type": "string"},
            "subject": {"type": "string", "description": "The provider's name for the person."},
            "linked_by": {"enum": ["email", "sourced_id", "username", "consent", "creation"]},
            "linked_at": {"type": "string", "format": "date-time"}
        }
    }}}
})";

#undef BW_FEDERATION_PROVIDER_ID
#undef BW_FEDERATION_PRESET
#undef BW_FEDERATION_SETTINGS

} // namespace bw::federation
