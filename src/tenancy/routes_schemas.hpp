// What documents say of the operator API: schemas (JSON Schema 2020-12), parameters, examples. For
// routes.cpp alone.
#pragma once

#include <string_view>

#include "net/http.hpp"

namespace bw::tenancy::schemas {

constexpr std::string_view request_rate = R"({
    "type": "object",
    "description": "A token bucket, in each server process: `burst` requests at once, `requests_per_second` in the long run.",
    "properties": {
        "requests_per_second": {"type": "integer", "minimum": 1, "maximum": 1000000},
        "burst": {"type": "integer", "minimum": 1, "maximum": 1000000}
    },
    "required": ["requests_per_second", "burst"],
    "additionalProperties": false
})";

// The members that operators decide, as text that several schemas share.
#define BW_SLUG                                                                                    \
    R"("slug": {"type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "description": "The first label of its host name."})"
#define BW_SETTINGS                                                                                \
    R"("name": {"type": "string", "minLength": 1, "maxLength": 200},
        "zone": {"type": "string", "minLength": 1, "maxLength": 64, "description": "IANA time zone: a due date ends with its day."},
        "locale": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", "description": "BCP 47; `en` unless said."},
        "hosts": {"type": "array", "maxItems": 20, "items": {"type": "string", "minLength": 1, "maxLength": 253},
            "description": "Beside the slug's: domains of its own in ASCII form, and former slugs that still lead here. No other institution has them."},
        "quotas": {
            "type": "object",
            "description": "Of the institution's people together, and of each of them; null: none.",
            "properties": {
                "tenant": {"anyOf": [{"$ref": "#/components/schemas/RequestRate"}, {"type": "null"}]},
                "principal": {"anyOf": [{"$ref": "#/components/schemas/RequestRate"}, {"type": "null"}]}
            },
            "additionalProperties": false
        })"

constexpr std::string_view new_tenant =
    R"({"type": "object", "properties": {)" BW_SLUG "," BW_SETTINGS
    R"(}, "required": ["slug", "name", "zone"], "additionalProperties": false})";

constexpr std::string_view tenant_change =
    R"({"type": "object", "description": "A merge patch (RFC 7396). Another slug leaves the old one among the hosts unless `hosts` is given too.", "properties": {)" BW_SLUG
    "," BW_SETTINGS R"(}, "additionalProperties": false})";

constexpr std::string_view tenant =
    R"({"type": "object", "properties": {
        "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$"},
        "state": {"type": "string", "enum": ["active", "suspended"]},
        "version": {"type": "integer"},
        "created_at": {"type": "string", "format": "date-time"},
        "changed_at": {"type": "string", "format": "date-time"},
        )" BW_SLUG "," BW_SETTINGS
    R"(}, "required": ["tenant_id", "slug", "name", "state", "zone", "locale", "hosts", "quotas", "version", "created_at", "changed_at"]})";

constexpr std::string_view tenant_page = R"({
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Tenant"}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: this is the last."}
    },
    "required": ["data", "next"]
})";

constexpr std::string_view operator_event_page = R"({
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "at": {"type": "string", "format": "date-time"},
                "actor": {"type": "string", "description": "The operator token's id and name, `command line`, or `schedule`."},
                "action": {"type": "string", "examples": ["tenant.created", "operator_token.revoked", "signing_key.announced"]},
                "subject": {"type": "string", "description": "The institution's id, the operator token's, the outage's, or the signing key's `kid`; empty if `details` name it."},
                "details": {"type": "object"}
            },
            "required": ["at", "actor", "action", "subject", "details"]
        }},
        "next": {"type": ["string", "null"]}
    },
    "required": ["data", "next"]
})";

#undef BW_SLUG
#undef BW_SETTINGS

constexpr std::string_view ref_tenant = R"({"$ref": "#/components/schemas/Tenant"})",
                           ref_tenant_page = R"({"$ref": "#/components/schemas/TenantPage"})",
                           ref_new_tenant = R"({"$ref": "#/components/schemas/NewTenant"})",
                           ref_tenant_change = R"({"$ref": "#/components/schemas/TenantChange"})",
                           ref_operator_event_page =
                               R"({"$ref": "#/components/schemas/OperatorEventPage"})";

constexpr std::string_view new_tenant_example =
    R"({"slug": "elm-grove", "name": "Elm Grove", "zone": "Europe/London", "locale": "en-GB", "hosts": ["learn.elmgrove.example"], "quotas": {"principal": {"requests_per_second": 20, "burst": 100}}})";
constexpr std::string_view tenant_change_example =
    R"({"name": "Elm Grove School", "quotas": {"tenant": {"requests_per_second": 2000, "burst": 4000}}})";

using In = net::Parameter::In;
constexpr net::Parameter tenant_id_parameter{
    .name = "tenant_id",
    .in = In::path,
    .description = "The institution's id.",
    .schema = R"({"type": "string", "pattern": "^ten_[0-9a-f]{32}$"})",
    .required = true,
    .example = "ten_0199b2c3d4e57f60a1b2c3d4e5f60718"};
constexpr net::Parameter state_parameter{
    .name = "state",
    .description = "Only institutions in this state.",
    .schema = R"({"type": "string", "enum": ["active", "suspended"]})",
    .example = "active"};
constexpr net::Parameter if_match_parameter{.name = "If-Match",
                                            .in = In::header,
                                            .description = "The ETag that you saw.",
                                            .required = true,
                                            .example = "\"1\""};
constexpr net::Parameter idempotency_key_parameter{
    .name = "Idempotency-Key",
    .in = In::header,
    .description = "Makes a retry safe: the same key and body find what the first one made. "
                   "Without it, a second attempt finds its slug taken.",
    .schema = R"({"type": "string", "minLength": 1, "maxLength": 130})",
    .example = "\"7c1f0d2e\""};

} // namespace bw::tenancy::schemas
