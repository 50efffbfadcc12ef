// Sign-in at another's provider: from the start in the browser, by way of the provider, to a
// session here (OpenID Connect Core 1.0, authorization code flow, with PKCE). No thread waits for a
// provider: the database's part is done on a lane before and after.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "auth/begin_session.hpp"
#include "base/secret_text.hpp"
#include "federation/documents.hpp"
#include "federation/flow.hpp"
#include "federation/identities.hpp"
#include "federation/providers.hpp"
#include "tenancy/database.hpp"

namespace bw::federation {

/// All outlive it.
struct SignInParts {
    tenancy::DatabaseLane& lane;
    auth::SessionParts sessions;
    Fetcher& fetcher;
    const Clock& clock;
    Rng& rng;
    SecretKey flow_key;   // the same in all processes
    SecretKey secret_key; // of providers' secrets
};

/// What is known of a request that begins or ends a flow.
struct Browser {
    tenancy::TenantScope scope;
    ProviderId provider;
    std::string origin; // "https://school.example": where the browser found us
    bool secure = false;
    Deadline deadline;
    std::string device = {};
};

/// Where to send a browser, and the cookie it takes along.
struct Departure {
    std::string location, cookie_name, cookie_value;
};

/// What came back with it.
struct Callback {
    std::string state, cookie;
    SecretText code = {};
    std::optional<std::string> issuer; // RFC 9207
    std::optional<std::string> error;  // instead of a code
};

/// How a flow ended.
struct Arrival {
    Purpose purpose;
    std::string return_to;
    std::optional<auth::IssuedToken> issued;  // of purpose cookies
    std::optional<std::string> exchange_code; // of purpose code
};

struct SignInStatus {
    struct Of {
        std::uint64_t signed_in = 0, linked = 0, refused = 0, failed = 0;
    };
    std::array<Of, std::size(all_presets)> presets; // by Preset
};

/// Thread-safe.
class FederatedSignIn {
public:
    explicit FederatedSignIn(const SignInParts& parts);

    using Departed = std::move_only_function<void(Result<Departure>)>;
    /// `flow` without tenant and provider. not_found: no such provider, or not enabled. Otherwise
    /// what the fetcher says.
    void depart(const Browser& browser, Flow flow, Departed done);

    using Arrived = std::move_only_function<void(Result<Arrival>)>;
    /// forbidden: not begun in this browser, refused by the provider, or nobody here.
    /// unauthenticated: what the provider said does not verify. unavailable, overloaded,
    /// deadline_exceeded: the provider, or the database.
    void arrive(const Browser& browser, Callback callback, Arrived done);

    using Exchanged = std::move_only_function<void(Result<auth::IssuedToken>)>;
    /// unauthenticated: as Flows::read, or used before.
    void exchange(const tenancy::TenantScope& scope, std::string_view code,
                  std::string_view verifier, std::string device, Deadline deadline, Exchanged done);

    Flows& flows() { return flows_; }
    const ProviderSecrets& secrets() const { return secrets_; }
    const SignInParts& parts() const { return parts_; }
    SignInStatus status() const;

private:
    struct Attempt;
    using Step = std::unique_ptr<Attempt>;

    void read_provider(Step attempt);
    void discover(Step attempt);
    void ask_token(Step attempt);
    void take_token(Step attempt, const FetchAnswer& answer);
    void verify(Step attempt, bool newest_keys);
    void take_claims(Step attempt, const KeySet& keys, bool newest_keys);
    void ask_userinfo(Step attempt);
    void settle(Step attempt);
    Result<std::optional<Known>> settled(tenancy::Database& database, const Attempt& attempt,
                                         const Evidence& evidence);
    void finish(Step attempt, const Known& known);
    void succeed(Step attempt, Arrival arrival);
    void fail_with(Step attempt, Error error);

    const SignInParts parts_;
    Flows flows_;
    const ProviderSecrets secrets_;
    Documents documents_;
    struct Counts {
        std::atomic<std::uint64_t> signed_in = 0, linked = 0, refused = 0, failed = 0;
    };
    std::array<Counts, std::size(all_presets)> counts_;
};

std::string redirect_uri(const std::string& origin, ProviderId provider);

} // namespace bw::federation
