// Role auth put together: the lane that hashes, sessions and their renewal, second factors, sign-in
// at others' providers, passwords.
#pragma once

#include <memory>
#include <optional>

#include "accounts/routes.hpp"
#include "app/common_parts.hpp"
#include "auth/failure_exchange.hpp"
#include "auth/routes.hpp"
#include "auth/session_sweep.hpp"
#include "federation/routes.hpp"

namespace bw::app {

class AuthRole {
public:
    /// `lane`: for what needs no hash. `origins`: how links begin. All outlive it.
    static Result<std::unique_ptr<AuthRole>> open(CommonParts& common, tenancy::DatabaseLane& lane,
                                                  accounts::Origins origins);
    /// `audit`: sign-ins are written down there.
    void add_routes(net::RouteTable& routes, audit::Writer* audit);
    void tell(HealthSources& health) const;
    const tenancy::DatabaseLane& hashing() const { return hashing_; }
    /// Answers of providers go to the lanes, so they end first.
    void stop_fetching() { providers_.stop(); }
    void stop_hashing();
    void stop();

private:
    struct Keys {
        SecretKey routing, refresh, admission, recovery, flows, providers, vouchers;
        audit::SubjectKeys persons;
    };
    AuthRole(CommonParts& common, tenancy::DatabaseLane& lane, accounts::Origins origins, Keys keys,
             std::optional<accounts::BreachedList> breached);

    CommonParts& common_;
    tenancy::DatabaseLane& lane_;
    const Keys keys_;
    const auth::RoutingHints hints_;
    tenancy::DatabaseLane hashing_;
    const auth::TokenIssuer issuer_;
    const auth::RefreshTokens refresh_tokens_;
    auth::RotationLane rotations_;
    auth::SignInGuards guards_;
    auth::FailureExchange failures_;
    auth::SessionSweep sweep_;
    auth::PasswordSignIn sign_in_;
    auth::SessionRefresh refresh_;
    const auth::SecondFactors factors_;
    auth::SecondFactorSignIn second_factor_;
    federation::Fetcher providers_;
    federation::FederatedSignIn federated_;
    const std::optional<accounts::BreachedList> breached_;
    const accounts::PasswordDesk desk_;
    const accounts::RouteParts account_parts_; // its routes refer to it
};

} // namespace bw::app
