// One way to arrive: by single sign-on. What a browser does between the sign-in page and the
// session: to the provider, through what it asks there, and back with what it says.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"

namespace bw::storm {

/// "127.0.0.1:4000"; invalid_field.
Result<std::pair<std::string, std::uint16_t>> provider_address(const std::string& text);

enum class SsoStep : std::uint8_t { start, provider, callback };
std::string_view name_of(SsoStep step);

/// A browser on its way, with its cookies.
class SsoWalk;

/// How one way there and back ended.
struct SsoEnd {
    SsoStep step = SsoStep::start; // the last that was asked
    Result<net::ClientResponse> outcome;
    std::string cookie = {}; // the session, as a Cookie header shows it; empty: not signed in
    std::shared_ptr<SsoWalk> walk = {}; // for reload(): refused for now when it was back already
};

/// Thread-safe once found(). Both clients outlive it.
class SsoDoor {
public:
    /// `provider_host`: address and port, as the issuer has them.
    SsoDoor(net::Client& server, net::Client& provider, std::string provider_host,
            const Clock& clock)
        : server_(server), provider_(provider), provider_host_(std::move(provider_host)),
          clock_(clock) {}

    /// Looks on the hosts' sign-in pages (GET /v1/sign-in-methods) for where people of each begin.
    /// not_found: one lists no provider.
    Result<void> find(const std::set<std::string>& hosts);
    /// Somebody of `host`, whose browser is `username`'s at the provider already, comes in. `done`
    /// is called once, on a client's thread. Each request may take `hop_limit`. corrupt: led to
    /// where it should not be.
    void arrive(const std::string& host, const std::string& username,
                std::move_only_function<void(SsoEnd)> done);
    /// The last page again, as whoever is told to come again does; same `done`. What the provider
    /// gave may be good no more: then from the start.
    static void reload(std::shared_ptr<SsoWalk> walk, std::move_only_function<void(SsoEnd)> done);
    static constexpr Duration hop_limit = 30s;

private:
    friend class SsoWalk;
    net::Client& server_;
    net::Client& provider_;
    const std::string provider_host_;
    const Clock& clock_;
    std::map<std::string, std::string> starts_; // by host
};

} // namespace bw::storm
