// Where providers may be: which URLs an institution may name, and which addresses this server then
// talks to. A provider's address comes from an institution's administrator and from the provider's
// own documents, so it must not lead into the operator's network (SSRF).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

struct sockaddr;

namespace bw::federation {

enum class Reach : std::uint8_t {
    public_only, // https, and no address that is private, loopback, link-local or multicast
    private_too  // those too, and http on the loopback: the operator allows it
};

/// invalid_field at `field` unless it is an absolute URL of https (see Reach) without user,
/// password and fragment, of at most 1,000 characters of ASCII. Read by libcurl's parser, which
/// fetches it. A host name's addresses are looked at when they are connected to.
Result<void> check_provider_url(std::string_view url, Reach reach, std::string_view field);

/// No address that the whole Internet can reach (RFC 6890, and what embeds such a one in IPv6).
bool is_private_address(const sockaddr* address);

} // namespace bw::federation
