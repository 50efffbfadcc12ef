#include "federation/flow.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"

namespace bw::federation {

namespace {

constexpr std::size_t tag_bytes = 8, cookie_chars = 43, state_bytes_limit = 4'096;
constexpr std::string_view cookie_prefix = "bw_sso_", secure_prefix = "__Host-bw_sso_";

Error not_begun() {
    return fail(Code::forbidden, "this sign-in was not begun in this browser, or more than ten "
                                 "minutes ago; begin again at the sign-in page");
}

Bytes context_of(std::string_view what, TenantId tenant, ByteView more) {
    Bytes out("bellwether federation ");
    out += what;
    out += view(tenant.uuid);
    out += more;
    return out;
}

/// Of the state's secret and the browser's, so that neither alone tells it.
std::string derived(std::string_view what, ByteView secret, std::string_view cookie) {
    return to_base64url(view(sha256({what, secret, cookie})));
}

std::string cookie_name(std::string_view tag, bool secure) {
    return std::string(secure ? secure_prefix : cookie_prefix) + std::string(tag);
}

std::string text_of(const Flow& flow, ByteView secret) {
    JsonWriter json;
    json.object()
        .member("purpose", static_cast<int>(flow.purpose))
        .member("return_to", flow.return_to)
        .member("expires_at", flow.expires_at.ms)
        .member("secret", to_hex(secret))
        .member("shared_device", flow.shared_device);
    if (flow.purpose == Purpose::code)
        json.member("challenge", flow.challenge);
    if (flow.purpose == Purpose::link)
        json.member("user", flow.user.text()).member("session", flow.session.text());
    json.end();
    return json.take();
}

struct Opened {
    Flow flow;
    Bytes secret;
};
/// Under our own seal: what does not hold is our bug, or a key that leaked.
Result<Opened> opened_from(std::string_view text) {
    const JsonObject json =
        TRY(JsonObject::parse(text, {"purpose", "return_to", "expires_at", "secret",
                                     "shared_device", "challenge", "user", "session"}));
    Opened out;
    out.flow.purpose = static_cast<Purpose>(TRY(json.integer("purpose", 0, 2)));
    out.flow.return_to = TRY(json.string("return_to", 500));
    out.flow.expires_at = Instant{TRY(json.integer("expires_at", 0, INT64_MAX))};
    out.secret = from_hex(TRY(json.string("secret", 64))).value_or("");
    out.flow.shared_device = json.has("shared_device") && TRY(json.boolean("shared_device"));
    if (out.flow.purpose == Purpose::code)
        out.flow.challenge = TRY(json.string("challenge", 43));
    if (out.flow.purpose == Purpose::link) {
        auto user = UserId::parse(TRY(json.string("user", 40)));
        auto session = AuthSessionId::parse(TRY(json.string("session", 40)));
        if (!user || !session)
            return fail(Code::internal, "a flow names nobody");
        out.flow.user = *user;
        out.flow.session = *session;
    }
    return out;
}

} // namespace

FlowStart Flows::begin(Flow flow, bool secure) {
    const auto tag = rng_.bytes<tag_bytes>();
    const auto secret = rng_.bytes<32>(), browser = rng_.bytes<32>();
    flow.expires_at = clock_.now() + flow_lifetime;
    FlowStart out;
    const std::string tag_text = to_hex(view(tag));
    out.cookie_name = cookie_name(tag_text, secure);
    out.cookie_value = to_base64url(view(browser));
    const Bytes context =
        context_of("state", flow.tenant, std::string(view(flow.provider.uuid)) + out.cookie_value);
    out.state =
        tag_text + "." + to_base64url(seal(key_, text_of(flow, view(secret)), context, rng_));
    out.nonce = derived("nonce", view(secret), out.cookie_value);
    out.code_challenge = challenge_of(derived("verifier", view(secret), out.cookie_value));
    return out;
}

std::optional<std::string> Flows::cookie_of(std::string_view state, bool secure) {
    const std::string_view tag = state.substr(0, 2 * tag_bytes);
    if (state.size() > state_bytes_limit || state.size() <= 2 * tag_bytes ||
        state[2 * tag_bytes] != '.' || !from_hex(tag))
        return std::nullopt;
    return cookie_name(tag, secure);
}

Result<FlowReturn> Flows::open(std::string_view state, std::string_view cookie, TenantId tenant,
                               ProviderId provider) const {
    if (cookie.size() != cookie_chars || !cookie_of(state, false))
        return not_begun();
    auto sealed = from_base64url(state.substr(2 * tag_bytes + 1));
    auto text = sealed ? unseal(key_, *sealed,
                                context_of("state", tenant,
                                           std::string(view(provider.uuid)) + std::string(cookie)))
                       : std::nullopt;
    if (!text)
        return not_begun();
    Opened opened = TRY(opened_from(*text));
    if (clock_.now() >= opened.flow.expires_at)
        return not_begun();
    opened.flow.tenant = tenant;
    opened.flow.provider = provider;
    return FlowReturn{.flow = std::move(opened.flow),
                      .nonce = derived("nonce", opened.secret, cookie),
                      .code_verifier = derived("verifier", opened.secret, cookie)};
}

std::string Flows::write(const ExchangeCode& code) {
    JsonWriter json;
    json.object()
        .member("id", to_hex(view(code.id)))
        .member("user", code.user.text())
        .member("roles", code.roles.bits())
        .member("epoch", code.epoch)
        .member("challenge", code.challenge)
        .member("expires_at", code.expires_at.ms);
    if (code.shared_for)
        json.member(
            "shared_ms",
            std::chrono::duration_cast<std::chrono::milliseconds>(*code.shared_for).count());
    json.end();
    return to_base64url(seal(key_, json.text(), context_of("code", code.tenant, {}), rng_));
}

Result<ExchangeCode> Flows::read(std::string_view text, std::string_view verifier,
                                 TenantId tenant) const {
    auto refused = [] {
        return fail(Code::unauthenticated,
                    "this code is not good, or not any more; begin again at the sign-in page");
    };
    auto sealed = from_base64url(text);
    auto plain = sealed ? unseal(key_, *sealed, context_of("code", tenant, {})) : std::nullopt;
    if (!plain)
        return refused();
    const JsonObject json = TRY(JsonObject::parse(
        *plain, {"id", "user", "roles", "epoch", "challenge", "expires_at", "shared_ms"}));
    const auto id = from_hex(TRY(json.string("id", 32))).value_or("");
    const auto user = UserId::parse(TRY(json.string("user", 40)));
    const auto uuid = to_array<16>(id);
    if (!user || !uuid)
        return fail(Code::internal, "a code names nobody");
    ExchangeCode code{.id = *uuid,
                      .tenant = tenant,
                      .user = *user,
                      .roles = tenancy::Roles::of_bits(TRY(json.integer("roles", 0, 7))),
                      .epoch = TRY(json.integer("epoch", 0, INT64_MAX)),
                      .challenge = TRY(json.string("challenge", 43)),
                      .shared_for = {},
                      .expires_at = Instant{TRY(json.integer("expires_at", 0, INT64_MAX))}};
    if (json.has("shared_ms"))
        code.shared_for = std::chrono::milliseconds(TRY(json.integer("shared_ms", 0, INT32_MAX)));
    if (clock_.now() >= code.expires_at + exchange_skew || challenge_of(verifier) != code.challenge)
        return refused();
    return code;
}

Result<void> check_return_to(std::string_view path) {
    constexpr std::string_view allowed = "-._~!$&()*+,;=:@/?%";
    const bool good = !path.empty() && path.size() <= 500 && path[0] == '/' &&
                      !path.starts_with("//") && std::ranges::all_of(path, [&](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 (c >= '0' && c <= '9') ||
                                 allowed.find(c) != std::string_view::npos;
                      });
    if (good)
        return {};
    return fail(Code::invalid_field,
                "expected a path of this host such as /work?x=1, of at most 500 characters, "
                "without a fragment",
                "return_to");
}

Result<void> check_challenge(std::string_view challenge) {
    if (challenge.size() == 43 && from_base64url(challenge))
        return {};
    return fail(Code::invalid_field,
                "expected the SHA-256 of your verifier in base64url (RFC 7636, S256)", "challenge");
}

std::string challenge_of(std::string_view verifier) {
    return to_base64url(view(sha256(verifier)));
}

} // namespace bw::federation
