// The gate: turns a request into a Principal (from its access token) or a tenant (from its host
// name) before a handler runs. The only place where either is read from HTTP.
#pragma once

#include <functional>
#include <string>

#include "net/http.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/principal.hpp"
#include "tenancy/token.hpp"

namespace bw::tenancy {

/// Thread-safe; outlives the routes it wraps.
class Gate {
public:
    /// Institutions are served at <slug>.<base_host>; other host names carry no tenant.
    Gate(const TokenVerifier& verifier, const TenantDirectory& directory, std::string base_host)
        : verifier_(verifier), directory_(directory), base_host_(std::move(base_host)) {}

    using PrincipalHandler =
        std::function<void(const Principal&, const net::Request&, net::Responder)>;
    /// 401 without a good token; 404 when the host names another institution than the token (or
    /// none that exists): from outside, a foreign tenant's address looks like nothing at all. 403
    /// unless the caller has one of `any_of` (empty: any).
    net::Handler authenticated(PrincipalHandler handler, Roles any_of = {}) const;

    using TenantHandler =
        std::function<void(const TenantInfo&, const net::Request&, net::Responder)>;
    /// 404 unless the host names an institution. For what comes before a token: sign-in.
    net::Handler for_host(TenantHandler handler) const;

private:
    struct HostTenant {
        bool named = false;                       // the host is <something>.<base_host>
        std::shared_ptr<const TenantInfo> tenant; // null: no such institution
    };
    HostTenant host_tenant(const net::Request& request) const;

    const TokenVerifier& verifier_;
    const TenantDirectory& directory_;
    const std::string base_host_;
};

} // namespace bw::tenancy
