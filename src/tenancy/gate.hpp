// The gate: turns a request into a Principal (from its access token), a tenant (from its host name)
// or an Operator (from an operator token) before a handler runs, and holds it to its quotas. The
// only place where any of them is read from HTTP.
#pragma once

#include <functional>
#include <string>

#include "net/http.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/permission.hpp"
#include "tenancy/principal.hpp"
#include "tenancy/quota.hpp"
#include "tenancy/token.hpp"

namespace bw::tenancy {

/// The cookie that an access token may come in instead of the Authorization header. Over TLS its
/// name binds it to this host (RFC 6265bis, "__Host-").
constexpr std::string_view access_cookie(bool secure) {
    return secure ? "__Host-bw_access" : "bw_access";
}

/// Thread-safe; outlives the routes it wraps.
class Gate {
public:
    /// Institutions are served at <slug>.<base_host> and at domains of their own; other host names
    /// carry no tenant.
    Gate(const TokenVerifier& verifier, const TenantDirectory& directory,
         const std::string& base_host);

    using PrincipalHandler =
        std::function<void(const Principal&, const net::Request&, net::Responder)>;
    /// 401 without a good token; 403 with one of a suspended institution, and with one in a cookie
    /// that a foreign page may have made use of; 404 when the host names
    /// another institution than the token (or none that exists): from outside, a foreign tenant's
    /// address looks like nothing at all; 429 over a quota. 403 unless the caller has one of
    /// `any_of` (empty: any), or the permission.
    net::Handler authenticated(PrincipalHandler handler, Roles any_of = {}) const;
    net::Handler authenticated(PrincipalHandler handler, Permission permission) const;

    using TenantHandler =
        std::function<void(const TenantInfo&, const net::Request&, net::Responder)>;
    /// 404 unless the host names an institution, 403 when it is suspended, 429 over its quota. For
    /// what comes before a token: sign-in.
    net::Handler for_host(TenantHandler handler) const;

    using OperatorHandler =
        std::function<void(const Operator&, const net::Request&, net::Responder)>;
    /// 404 at every host but the base host, localhost and bare addresses: an institution's name
    /// never leads to the operator API, whoever asks. Then 401 without a good operator token.
    net::Handler for_operator(OperatorHandler handler) const;

    using HearDeed = std::function<void(const Principal&, const net::Request&)>;
    /// `hear` hears of every request that may change something, before its handler runs; on the
    /// connection's thread, so it must not block. Before the server starts.
    void on_deed(HearDeed hear) { hear_deed_ = std::move(hear); }

    /// Do operators call here, or is the host under the base host (so that no institution can have
    /// it as a domain of its own)?
    bool is_operator_host(std::string_view host) const;
    bool is_ours(std::string_view host) const;

private:
    struct HostTenant {
        bool named = false; // the host is <something>.<base_host>, or an institution's domain
        std::shared_ptr<const TenantInfo> tenant; // null: no such institution
    };
    using Allowed = std::function<std::optional<Error>(const Principal&)>;
    net::Handler guarded(PrincipalHandler handler, Allowed refusal) const;
    HostTenant host_tenant(const net::Request& request) const;
    std::optional<net::Response> over_quota(const TenantInfo& tenant, const Principal* principal,
                                            const net::Request& request) const;

    const TokenVerifier& verifier_;
    const TenantDirectory& directory_;
    const std::string base_host_; // in lower case
    mutable Buckets buckets_;
    HearDeed hear_deed_;
};

} // namespace bw::tenancy
