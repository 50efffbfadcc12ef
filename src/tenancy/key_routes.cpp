#include "tenancy/key_routes.hpp"

#include <algorithm>

#include "net/json_body.hpp"
#include "tenancy/lane_work.hpp"
#include "tenancy/signing_keys.hpp"

namespace bw::tenancy {

namespace {

constexpr std::int64_t announce_seconds_max = 24 * 3600;

constexpr std::string_view signing_key_schema = R"({
    "type": "object",
    "properties": {
        "kid": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16}$"},
        "algorithm": {"enum": ["EdDSA", "ES256"]},
        "state": {"enum": ["announced", "signing", "retired", "revoked"],
            "description": "Published but not signing yet; signing; verifying what it signed; or withdrawn."},
        "announced_at": {"type": "string", "format": "date-time"},
        "signs_from": {"type": "string", "format": "date-time"},
        "revoked_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
    },
    "required": ["kid", "algorithm", "state", "announced_at", "signs_from", "revoked_at"]
})";

constexpr std::string_view signing_key_list_schema = R"({
    "type": "object",
    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/SigningKey"}}},
    "required": ["data"]
})";

constexpr std::string_view new_signing_key_schema = R"({
    "type": "object",
    "properties": {
        "algorithm": {"enum": ["EdDSA", "ES256"], "description": "Without it: the newest key's."},
        "announce_seconds": {"type": "integer", "minimum": 0, "maximum": 86400,
            "description": "From its publication to its first signature; 900 unless said. With less, verifiers that keep the key set meet a `kid` that they do not know."}
    },
    "additionalProperties": false
})";

constexpr std::string_view ref_key = R"({"$ref": "#/components/schemas/SigningKey"})",
                           ref_list = R"({"$ref": "#/components/schemas/SigningKeyList"})",
                           ref_new = R"({"$ref": "#/components/schemas/NewSigningKey"})";

constexpr net::Parameter kid_parameter{
    .name = "kid",
    .in = net::Parameter::In::path,
    .description = "The key's id, as tokens name it.",
    .schema = R"({"type": "string", "pattern": "^[A-Za-z0-9_-]{16}$"})",
    .required = true,
    .example = "FxZQbDVCeXvbBOCP"};

void write_key(JsonWriter& json, const KeyRecord& key, KeyState state) {
    json.object()
        .member("kid", key.kid)
        .member("algorithm", wire_name(key.algorithm))
        .member("state", wire_name(state))
        .member("announced_at", to_rfc3339(key.announced_at))
        .member("signs_from", to_rfc3339(key.signs_from))
        .key("revoked_at");
    key.revoked_at ? json.value(to_rfc3339(*key.revoked_at)) : json.null();
    json.end();
}

Result<net::Response> all_keys(Database& database, Instant now, Deadline deadline) {
    const auto keys = TRY(SigningKeys::list(database, deadline));
    const auto states = key_states(keys, now);
    JsonWriter json;
    json.object().key("data").array();
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (states[i] != KeyState::gone)
            write_key(json, keys[i], states[i]);
    json.end().end();
    return net::Response::json(200, json.take());
}

/// As it is now.
Result<net::Response> one_key(Database& database, std::string_view kid, int status, Instant now,
                              Deadline deadline) {
    const auto keys = TRY(SigningKeys::list(database, deadline));
    const auto states = key_states(keys, now);
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i].kid == kid) {
            JsonWriter json;
            write_key(json, keys[i], states[i]);
            return net::Response::json(status, json.take());
        }
    return fail(Code::not_found, "there is no such signing key");
}

Result<SigningKeys::Rotation> rotation_in(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"algorithm", "announce_seconds"}));
    SigningKeys::Rotation out;
    if (body.has("algorithm")) {
        const std::string name = TRY(body.string("algorithm", 16));
        out.algorithm = token_algorithm_from(name);
        if (!out.algorithm || wire_name(*out.algorithm) != name)
            return fail(Code::invalid_field, "expected \"EdDSA\" or \"ES256\"", "/algorithm");
    }
    if (body.has("announce_seconds"))
        out.announce =
            std::chrono::seconds(TRY(body.integer("announce_seconds", 0, announce_seconds_max)));
    return out;
}

constexpr TenantId nobody{}; // operators share one turn

void list(const KeyRouteParts& parts, const Operator&, const net::Request& request,
          net::Responder respond) {
    answer_on(parts.lane, nobody, request, std::move(respond),
              [&clock = parts.clock](Database& database, Deadline deadline) {
                  return all_keys(database, clock.now(), deadline);
              });
}

void rotate(const KeyRouteParts& parts, const Operator& who, const net::Request& request,
            net::Responder respond) {
    auto rotation = rotation_in(request);
    if (!rotation)
        return respond(std::move(rotation).error());
    answer_on(parts.lane, nobody, request, std::move(respond),
              [parts, who, rotation = *rotation](Database& database,
                                                 Deadline deadline) -> Result<net::Response> {
                  CHECK_OK(parts.feed.require_fresh());
                  const KeyRecord key = TRY(SigningKeys::rotate(database, parts.master, rotation,
                                                                who.actor(), parts.rng, deadline));
                  return one_key(database, key.kid, 201, parts.clock.now(), deadline);
              });
}

void revoke(const KeyRouteParts& parts, const Operator& who, const net::Request& request,
            net::Responder respond) {
    answer_when_heard(
        parts.lane, parts.feed, parts.clock, nobody, request, std::move(respond),
        [parts, who, kid = std::string(request.path_param("kid"))](
            Database& database, Deadline deadline) -> Result<Done> {
            CHECK_OK(parts.feed.require_fresh());
            const std::int64_t epoch = TRY(
                SigningKeys::revoke(database, parts.master, kid, who.actor(), parts.rng, deadline));
            return Done{TRY(one_key(database, kid, 200, parts.clock.now(), deadline)), epoch};
        });
}

} // namespace

void add_key_routes(net::RouteTable& routes, const KeyRouteParts& parts) {
    routes.add_schema("SigningKey", signing_key_schema);
    routes.add_schema("SigningKeyList", signing_key_list_schema);
    routes.add_schema("NewSigningKey", new_signing_key_schema);
    auto add = [&](net::Route route, auto handler) {
        route.tag = "operator";
        route.credential = net::Credential::operator_token;
        route.handler = parts.gate.for_operator([parts, handler](const Operator& who,
                                                                 const net::Request& request,
                                                                 net::Responder respond) {
            handler(parts, who, request, std::move(respond));
        });
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/operator/signing-keys",
         .operation = "list_signing_keys",
         .summary = "The keys of access tokens, in the order in which they sign.",
         .handler = {},
         .answers = {{200, "The keys; revoked ones too.", ref_list}}},
        list);
    add({.method = net::Method::post,
         .path = "/v1/operator/signing-keys",
         .operation = "rotate_signing_keys",
         .summary = "Make the next key: published at once, it signs when others have had the time "
                    "to read it. Tokens of the one before stay good.",
         .handler = {},
         .body_bytes_limit = 1024,
         .body = net::Body{ref_new, R"({"algorithm": "ES256", "announce_seconds": 1200})"},
         .answers = {{201, "The key that signs next.", ref_key}}},
        rotate);
    add({.method = net::Method::post,
         .path = "/v1/operator/signing-keys/{kid}/revoke",
         .operation = "revoke_signing_key",
         .summary = "A key has leaked: nothing that it signed counts any more, and if it was the "
                    "one that signs, another does at once. Sessions come back by refreshing.",
         .handler = {},
         .parameters = {kid_parameter},
         .answers = {{200, "Revoked, now or before.", ref_key}}},
        revoke);
}

} // namespace bw::tenancy
