#include "tenancy/token.hpp"

#include <simdjson.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/json.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view audience = "bellwether";
constexpr std::size_t token_bytes_limit = 4096;
constexpr std::size_t shard_count = 16;

/// RFC 7515 section 4 and RFC 7519 section 4: names are unique. Parsers differ in which of two they
/// take.
bool names_repeat(simdjson::dom::object object) {
    std::unordered_set<std::string_view> names;
    for (auto [name, value] : object)
        if (!names.insert(name).second)
            return true;
    return false;
}

Error refused(std::string why) {
    return fail(Code::unauthenticated, std::move(why));
}

} // namespace

std::string sign_token(const Claims& claims, const TokenKey& key) {
    JsonWriter header;
    header.object()
        .member("alg", wire_name(key.algorithm()))
        .member("typ", "at+jwt")
        .member("kid", key.kid())
        .end();
    JsonWriter payload;
    payload.object()
        .member("iss", claims.issuer)
        .member("aud", audience)
        .member("sub", claims.user.text())
        .member("tid", claims.tenant.text())
        .member("sid", claims.session.text());
    payload.key("roles").array();
    for (Role role : all_roles)
        if (claims.roles.has(role))
            payload.value(wire_name(role));
    payload.end()
        .member("epoch", claims.epoch)
        .member("iat", claims.issued_at.ms / 1000)
        .member("exp", claims.expires_at.ms / 1000)
        .member("renew_at", claims.renew_at.ms / 1000)
        .end();
    std::string token = to_base64url(header.text()) + "." + to_base64url(payload.text());
    Signature signature = key.sign(token);
    return token + "." + to_base64url(view(signature));
}

/// What a token says, once its signature held.
struct TokenVerifier::Verified {
    TenantId tenant;
    UserId user;
    AuthSessionId session;
    Roles roles;
    std::int64_t epoch;
    Instant issued_at, expires_at;
    std::array<char, kid_bytes> kid;
    Instant key_until;              // as of keys_at: its key's signatures count until then
    std::uint64_t keys_at = 0;      // the version of the key ring
    std::uint64_t unrevoked_at = 0; // the version of the revocations that did not end it
};

/// Two generations of a map: when the young one is full the old one is dropped. Bounded, and the
/// busy stay.
struct TokenVerifier::Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Verified> young, old;
};

TokenVerifier::TokenVerifier(std::string issuer, const KeyRing& keys,
                             const TenantDirectory& directory, const Revocations& revocations,
                             const Clock& clock, Rng& rng, std::size_t cache_items_limit)
    : issuer_(std::move(issuer)), keys_(keys), directory_(directory), revocations_(revocations),
      clock_(clock), hash_seed_(rng.u64()),
      shard_items_limit_(std::max<std::size_t>(1, cache_items_limit / shard_count / 2)) {
    for (std::size_t i = 0; i < shard_count; ++i)
        shards_.push_back(std::make_unique<Shard>());
}

TokenVerifier::~TokenVerifier() = default;

Result<Principal> TokenVerifier::verify(std::string_view token) const {
    if (token.size() > token_bytes_limit)
        return refused("the access token is too long");
    const std::uint64_t hash = XXH3_64bits_withSeed(token.data(), token.size(), hash_seed_);
    Shard& shard = *shards_[hash % shard_count];
    std::optional<Verified> known;
    std::string key(token);
    const std::uint64_t version = revocations_.version(); // before any look at what they are
    const std::uint64_t keys_version = keys_.version();   // the same
    {
        std::lock_guard lock(shard.mutex);
        if (auto young = shard.young.find(key); young != shard.young.end()) {
            known = young->second;
        } else if (auto old = shard.old.find(key); old != shard.old.end()) {
            known = old->second;
            shard.young.insert(shard.old.extract(old));
        }
    }
    if (!known || known->unrevoked_at != version || known->keys_at != keys_version) {
        if (!known)
            known = TRY(verify_signature(token));
        else if (known->keys_at != keys_version)
            known->key_until = TRY(key_of({known->kid.data(), known->kid.size()})).until;
        known->keys_at = keys_version;
        if (revocations_.revoked(known->tenant, known->user, known->session, known->epoch))
            return refused("the session was ended; sign in again");
        known->unrevoked_at = version;
        std::lock_guard lock(shard.mutex);
        if (shard.young.size() >= shard_items_limit_) {
            shard.old = std::move(shard.young);
            shard.young.clear();
        }
        shard.young.insert_or_assign(std::move(key), *known);
    }
    const Instant now = clock_.now();
    // A clock that steps back signs nobody out, unless by more than a token lives: so none that was
    // issued by a clock far ahead outlives its correction for long.
    if (known->issued_at.ms - now.ms > known->expires_at.ms - known->issued_at.ms)
        return refused("the access token says that it was issued in the future");
    if (now > known->key_until)
        return refused("the access token was signed with a key that has retired");
    const auto tenant = TRY(tenant_of(known->tenant, known->expires_at, now));
    return Principal{tenant->scope,     known->user,  known->session, known->roles,
                     known->expires_at, known->epoch, known->kid};
}

Result<void> TokenVerifier::still_good(const Principal& principal) const {
    const TenantId tenant = principal.scope.tenant();
    if (revocations_.revoked(tenant, principal.user, principal.session, principal.epoch))
        return refused("the session was ended; sign in again");
    const Instant now = clock_.now();
    if (now > TRY(key_of({principal.kid.data(), principal.kid.size()})).until)
        return refused("the access token was signed with a key that has retired");
    TRY(tenant_of(tenant, principal.expires_at, now));
    return {};
}

/// What is left to ask once the rest of a token holds.
Result<std::shared_ptr<const TenantInfo>> TokenVerifier::tenant_of(TenantId id, Instant expires_at,
                                                                   Instant now) const {
    if (now >= expires_at)
        return fail(Code::token_expired,
                    "the access token has expired; refresh it (POST /v1/sessions/refresh)");
    auto tenant = directory_.by_id(id);
    if (!tenant)
        return refused("the access token names no institution of this installation");
    if (tenant->state == TenantState::suspended)
        return suspended_institution();
    return tenant;
}

namespace {

/// A compact JWS (RFC 7515), taken apart.
struct Compact {
    std::string header, payload;
    Signature signature;
    std::string_view signed_part; // of the token
};
Result<Compact> compact_in(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return refused("the access token is not a compact JWS of three parts");
    auto header = from_base64url(token.substr(0, first));
    auto payload = from_base64url(token.substr(first + 1, second - first - 1));
    auto signature = from_base64url(token.substr(second + 1));
    if (!header || !payload || !signature)
        return refused("a part of the access token is not base64url");
    auto raw = to_array<64>(*signature);
    if (!raw)
        return refused("the access token's signature does not verify");
    return Compact{*std::move(header), *std::move(payload), *raw, token.substr(0, second)};
}

struct NamedKey {
    std::string algorithm, kid;
};
Result<NamedKey> key_in(const std::string& header) {
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    if (parser.parse(simdjson::padded_string(header)).get(json) != simdjson::SUCCESS ||
        !json.is_object())
        return refused("the access token's header is not a JSON object");
    if (names_repeat(json.get_object().value_unsafe()))
        return refused("the access token's header has a member twice");
    // The algorithm is the key's to choose, never the token's: one value passes, whatever else the
    // header offers.
    std::string_view alg, typ, kid;
    if (json["alg"].get(alg) != simdjson::SUCCESS ||
        (alg != wire_name(TokenAlgorithm::eddsa) && alg != wire_name(TokenAlgorithm::es256)))
        return refused("the access token's alg is neither EdDSA nor ES256");
    if (json["typ"].get(typ) != simdjson::SUCCESS || typ != "at+jwt")
        return refused("the access token's typ is not at+jwt");
    if (json["crit"].error() == simdjson::SUCCESS)
        return refused(
            "the access token's header has extensions (crit) that this server does not know");
    if (json["kid"].get(kid) != simdjson::SUCCESS)
        return refused("the access token names no key (kid)");
    return NamedKey{std::string(alg), std::string(kid)};
}

struct Said {
    TenantId tenant;
    UserId user;
    AuthSessionId session;
    Roles roles;
    std::int64_t epoch = 0;
    Instant issued_at, expires_at;
};
Result<Said> claims_in(const std::string& payload, const std::string& issuer) {
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    std::string_view iss, aud, sub, tid, sid;
    std::int64_t iat = 0, exp = 0, epoch = 0;
    simdjson::dom::array names;
    if (parser.parse(simdjson::padded_string(payload)).get(json) != simdjson::SUCCESS ||
        !json.is_object())
        return refused("the access token's claims are not a JSON object");
    if (names_repeat(json.get_object().value_unsafe()))
        return refused("the access token has a claim twice");
    if (json["iss"].get(iss) != simdjson::SUCCESS || iss != issuer)
        return refused("the access token was issued by another installation");
    if (json["aud"].get(aud) != simdjson::SUCCESS || aud != audience)
        return refused("the access token is meant for another audience");
    if (json["sub"].get(sub) != simdjson::SUCCESS || json["tid"].get(tid) != simdjson::SUCCESS ||
        json["sid"].get(sid) != simdjson::SUCCESS || json["iat"].get(iat) != simdjson::SUCCESS ||
        json["exp"].get(exp) != simdjson::SUCCESS || json["roles"].get(names) != simdjson::SUCCESS)
        return refused("the access token lacks a claim of sub, tid, sid, iat, exp, roles");
    // Tokens had no epoch once; those are older than any.
    if (auto found = json["epoch"];
        found.error() == simdjson::SUCCESS && found.get(epoch) != simdjson::SUCCESS)
        return refused("a claim of the access token is malformed");
    constexpr std::int64_t year_9999 = 253'402'300'799;
    auto user = UserId::parse(sub);
    auto tenant = TenantId::parse(tid);
    auto session = AuthSessionId::parse(sid);
    if (!user || !tenant || !session || iat < 0 || iat > year_9999 || exp < iat || exp > year_9999)
        return refused("a claim of the access token is malformed");
    Roles roles;
    for (simdjson::dom::element name : names) {
        std::string_view text;
        if (name.get(text) != simdjson::SUCCESS)
            return refused("a claim of the access token is malformed");
        if (auto role = role_from(text)) // a role of a later version grants nothing here
            roles = roles.with(*role);
    }
    return Said{*tenant, *user, *session, roles, epoch, {iat * 1000}, {exp * 1000}};
}

} // namespace

Result<TokenVerifier::Verified> TokenVerifier::verify_signature(std::string_view token) const {
    const Compact parts = TRY(compact_in(token));
    const NamedKey key = TRY(key_in(parts.header));
    auto named = key_of(key.kid);
    if (!named && named.error().code == Code::unavailable && !may_be_ours(parts.payload))
        return refused("the access token was signed with a key (kid) that this server does not "
                       "know, and would be no good with it");
    const KeyRing::Holding holding = TRY(std::move(named));
    if (key.algorithm != wire_name(holding.key.algorithm()))
        return refused("the access token's alg is not its key's");
    if (!holding.key.verify(parts.signed_part, parts.signature))
        return refused("the access token's signature does not verify");
    const Said said = TRY(claims_in(parts.payload, issuer_));
    Verified out{.tenant = said.tenant,
                 .user = said.user,
                 .session = said.session,
                 .roles = said.roles,
                 .epoch = said.epoch,
                 .issued_at = said.issued_at,
                 .expires_at = said.expires_at,
                 .kid = {},
                 .key_until = holding.until};
    std::ranges::copy(key.kid, out.kid.begin());
    return out;
}

/// Before its key is known: is it worth coming again when it is? Not if it has expired anyway.
bool TokenVerifier::may_be_ours(const std::string& payload) const {
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    std::string_view iss;
    std::int64_t exp = 0;
    return parser.parse(simdjson::padded_string(payload)).get(json) == simdjson::SUCCESS &&
           json["iss"].get(iss) == simdjson::SUCCESS && iss == issuer_ &&
           json["exp"].get(exp) == simdjson::SUCCESS && exp > clock_.now().ms / 1000;
}

Result<KeyRing::Holding> TokenVerifier::key_of(std::string_view kid) const {
    return keys_.find(kid, clock_.now(), clock_.monotonic());
}

} // namespace bw::tenancy
