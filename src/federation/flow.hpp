// Flow: one sign-in at a provider, from its start in a browser to its callback there. It is stored
// nowhere: what must come back stands in `state`, sealed, and only together with the cookie that
// the browser got at the start.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/secret_box.hpp"
#include "base/time.hpp"
#include "federation/provider.hpp"
#include "tenancy/principal.hpp"

namespace bw::federation {

enum class Purpose : std::uint8_t {
    cookies, // the session goes into cookies
    code,    // the client gets a code, which it exchanges for tokens
    link     // somebody who is signed in adds this identity to themselves
};

struct Flow {
    TenantId tenant;
    ProviderId provider;
    Purpose purpose = Purpose::cookies;
    std::string return_to = "/";
    std::string challenge = {}; // of purpose code: S256 of what the client will show
    bool shared_device = false; // others use the browser next
    UserId user = {};           // of purpose link: who adds it, in which session
    AuthSessionId session = {};
    Instant expires_at = {};
};
constexpr Duration flow_lifetime = 10min;

/// What a browser is sent away with.
struct FlowStart {
    std::string state, cookie_name, cookie_value;
    std::string nonce, code_challenge; // RFC 7636, S256
};
/// What it comes back with.
struct FlowReturn {
    Flow flow;
    std::string nonce, code_verifier;
};

/// What a client may exchange, once and within a minute, for the session's tokens.
struct ExchangeCode {
    Uuid id;
    TenantId tenant;
    UserId user;
    tenancy::Roles roles;
    std::int64_t epoch = 0;
    std::string challenge;
    std::optional<Duration> shared_for; // on a shared device: how long the session lives
    Instant expires_at;
};
constexpr Duration exchange_lifetime = 60s;
/// Between the clocks of who wrote it and who reads it: a minute each.
constexpr Duration exchange_skew = 2min;

/// Thread-safe.
class Flows {
public:
    /// `key`: the same in all processes.
    Flows(const SecretKey& key, const Clock& clock, Rng& rng)
        : key_(key), clock_(clock), rng_(rng) {}

    FlowStart begin(Flow flow, bool secure);
    /// The cookie that belongs to a state, by its public part; nullopt: no state of ours.
    static std::optional<std::string> cookie_of(std::string_view state, bool secure);
    /// forbidden: altered, of another institution or provider, in another browser, or too late.
    Result<FlowReturn> open(std::string_view state, std::string_view cookie, TenantId tenant,
                            ProviderId provider) const;

    std::string write(const ExchangeCode& code);
    /// unauthenticated: not ours, of another institution, too late, or of another client than the
    /// one that began.
    Result<ExchangeCode> read(std::string_view text, std::string_view verifier,
                              TenantId tenant) const;

private:
    const SecretKey key_;
    const Clock& clock_;
    Rng& rng_;
};

/// Where a browser may be sent back to: a path of this host alone ("/work?x=1"), of at most 500
/// characters that mean nothing to HTML or to anybody who takes "\" for "/". invalid_field.
Result<void> check_return_to(std::string_view path);
/// 43 base64url characters: SHA-256 of a verifier (RFC 7636).
Result<void> check_challenge(std::string_view challenge);
std::string challenge_of(std::string_view verifier);

} // namespace bw::federation
