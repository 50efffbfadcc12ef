// TrustedProxies: whose word about a request's client is taken. The address, the scheme and the
// request's id that a proxy passes on are believed if it is on this list, and ignored otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/http.hpp"

namespace bw::net {

/// An IPv4 (as IPv6 sees it, ::ffff:0:0/96) or IPv6 address in network order.
using IpBytes = std::array<std::uint8_t, 16>;

class TrustedProxies {
public:
    /// Which headers the proxies write. One kind only: a client's own header of the other kind may
    /// pass a proxy that does not know it.
    enum class Headers : std::uint8_t {
        x_forwarded, // X-Forwarded-For, X-Forwarded-Proto
        forwarded,   // Forwarded (RFC 7239)
    };

    /// Nobody.
    TrustedProxies() = default;
    /// Addresses and networks: "10.0.0.0/8", "2001:db8::/32", "127.0.0.1". invalid_field says which
    /// is wrong and what is wrong with it.
    static Result<TrustedProxies> parse(std::span<const std::string> networks,
                                        Headers headers = Headers::x_forwarded);

    bool trusts(std::string_view address) const;

    /// For a request whose connection comes from a trusted proxy: puts the client's address (the
    /// rightmost one that is not a trusted proxy's) into `client` and `request.peer`, and sets
    /// `request.secure` and `request.request_id`, each where it was passed on and is well-formed.
    /// `client` must live as long as the request.
    void believe(Request& request, std::string& client) const;

private:
    struct Network {
        IpBytes address;
        unsigned prefix; // of 128 bits
    };
    bool trusts(const IpBytes& address) const;
    struct Hops;
    std::vector<Network> networks_;
    Headers headers_ = Headers::x_forwarded;
};

} // namespace bw::net
