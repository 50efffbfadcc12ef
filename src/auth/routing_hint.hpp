// RoutingHints: opaque names of principals, by which a proxy keeps one principal's requests on one
// server. A hint and nothing more: no server believes it, and whoever sends another's gains
// nothing.
#pragma once

#include <string>

#include "base/ids.hpp"
#include "base/secret_box.hpp"

namespace bw::auth {

/// Thread-safe.
class RoutingHints {
public:
    /// Processes with the same key give the same hints.
    explicit RoutingHints(const SecretKey& key) : key_(key) {}

    /// 22 base64url characters: a keyed hash, so that it tells nobody who it is about.
    std::string of(TenantId tenant, UserId user) const;

private:
    const SecretKey key_;
};

/// The value of Set-Cookie. Not for scripts; over TLS alone where it came over TLS.
std::string routing_cookie(const std::string& hint, bool secure);

} // namespace bw::auth
