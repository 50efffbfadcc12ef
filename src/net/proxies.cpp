#include "net/proxies.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "net/text.hpp"

namespace bw::net {

namespace {

constexpr std::size_t hops_max = 64; // more is no chain of proxies
constexpr std::array<std::uint8_t, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_ipv4(const IpBytes& address) {
    return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), address.begin());
}

std::optional<IpBytes> read_ip(std::string_view text) {
    char terminated[INET6_ADDRSTRLEN] = {};
    if (text.empty() || text.size() >= sizeof terminated)
        return std::nullopt;
    std::memcpy(terminated, text.data(), text.size());
    IpBytes out{};
    if (::inet_pton(AF_INET6, terminated, out.data()) == 1)
        return out;
    std::ranges::copy(ipv4_prefix, out.begin());
    if (::inet_pton(AF_INET, terminated, out.data() + ipv4_prefix.size()) == 1)
        return out;
    return std::nullopt;
}

std::string to_text(const IpBytes& address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (is_ipv4(address))
        ::inet_ntop(AF_INET, address.data() + ipv4_prefix.size(), text, sizeof text);
    else
        ::inet_ntop(AF_INET6, address.data(), text, sizeof text);
    return text;
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80"
std::optional<IpBytes> read_node(std::string_view text) {
    if (text.starts_with('[')) {
        std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return std::nullopt;
        std::string_view after = text.substr(end + 1);
        if (!after.empty() && (after[0] != ':' || !is_port(after.substr(1))))
            return std::nullopt;
        return read_ip(text.substr(1, end - 1));
    }
    std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        if (!is_port(text.substr(colon + 1)))
            return std::nullopt;
        text = text.substr(0, colon);
    }
    return read_ip(text);
}

std::optional<bool> read_scheme(std::string_view text) {
    if (same_name(text, "https"))
        return true;
    if (same_name(text, "http"))
        return false;
    return std::nullopt;
}

/// As take_until, but what stands in quotes does not separate.
std::string_view take_unquoted(std::string_view& rest, char separator) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < rest.size(); ++at) {
        if (quoted && rest[at] == '\\')
            ++at;
        else if (rest[at] == '"')
            quoted = !quoted;
        else if (rest[at] == separator && !quoted)
            break;
    }
    at = std::min(at, rest.size());
    std::string_view part = rest.substr(0, at);
    rest.remove_prefix(std::min(rest.size(), at + 1));
    return part;
}

bool is_request_id(std::string_view text) {
    return text.size() >= 8 && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '_';
           });
}

} // namespace

/// What the proxies have written, the client's end first.
struct TrustedProxies::Hops {
    struct Hop {
        std::optional<IpBytes> address;
        std::optional<bool> secure;
    };
    std::vector<Hop> list;
    std::optional<bool> secure; // by the nearest proxy, of the whole chain
    std::string_view request_id;

    Hops(const Request& request, Headers headers) {
        for (const auto& [name, value] : request.headers) {
            if (headers == Headers::forwarded && same_name(name, "Forwarded"))
                add_forwarded(value);
            else if (headers == Headers::x_forwarded && same_name(name, "X-Forwarded-For"))
                add_x_forwarded(value);
            else if (headers == Headers::x_forwarded && same_name(name, "X-Forwarded-Proto"))
                secure = read_scheme(trimmed(value.substr(value.rfind(',') + 1)));
            else if (same_name(name, "X-Request-Id"))
                request_id = request_id.empty() && is_request_id(value) ? value : "?";
        }
    }

private:
    void add_x_forwarded(std::string_view value) {
        do {
            list.push_back({read_node(trimmed(take_until(value, ','))), std::nullopt});
        } while (!value.empty() && list.size() < hops_max);
    }
    void add_forwarded(std::string_view value) {
        do {
            std::string_view element = take_unquoted(value, ',');
            Hop hop;
            while (!element.empty()) {
                std::string_view text = trimmed(take_unquoted(element, ';'));
                std::string_view key = take_until(text, '=');
                if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
                    text = text.substr(1, text.size() - 2); // addresses need no escapes
                if (same_name(key, "for"))
                    hop.address = read_node(text);
                else if (same_name(key, "proto"))
                    hop.secure = read_scheme(text);
            }
            list.push_back(hop);
        } while (!value.empty() && list.size() < hops_max);
    }
};

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> networks,
                                             Headers headers) {
    TrustedProxies out;
    out.headers_ = headers;
    for (const std::string& text : networks) {
        auto refuse = [&](const std::string& why) {
            return fail(Code::invalid_field,
                        "'" + text +
                            "' is not a network such as 10.0.0.0/8 or 2001:db8::/32: " + why,
                        "trusted_proxies");
        };
        std::size_t slash = text.find('/');
        auto address = read_ip(std::string_view(text).substr(0, slash));
        if (!address)
            return refuse("before the slash stands no IPv4 or IPv6 address");
        bool ipv4 = is_ipv4(*address);
        if (ipv4 && text.contains(':'))
            return refuse("write an IPv4 address without ::ffff:");
        const unsigned bits = ipv4 ? 32 : 128;
        unsigned prefix = bits;
        if (slash != std::string::npos) {
            const char *begin = text.data() + slash + 1, *end = text.data() + text.size();
            auto [at, error] = std::from_chars(begin, end, prefix);
            bool number = error == std::errc() && at == end && (*begin != '0' || at == begin + 1);
            if (!number || prefix > bits)
                return refuse("after the slash stands no number from 0 to " + std::to_string(bits));
        }
        prefix += 128 - bits;
        IpBytes masked = *address;
        for (unsigned bit = prefix; bit < 128; ++bit)
            masked[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> (bit % 8)));
        if (masked != *address)
            return refuse("its address has bits beyond the prefix; did you mean " +
                          to_text(masked) + text.substr(slash) + "?");
        out.networks_.push_back({masked, prefix});
    }
    return out;
}

bool TrustedProxies::trusts(const IpBytes& address) const {
    return std::ranges::any_of(networks_, [&](const Network& network) {
        for (unsigned bit = 0; bit < network.prefix; bit += 8) {
            auto left = network.prefix - bit;
            auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff00u >> left);
            if (((address[bit / 8] ^ network.address[bit / 8]) & mask) != 0)
                return false;
        }
        return true;
    });
}

bool TrustedProxies::trusts(std::string_view address) const {
    if (networks_.empty())
        return false;
    auto read = read_ip(address);
    return read && trusts(*read);
}

void TrustedProxies::believe(Request& request, std::string& client) const {
    Hops hops(request, headers_);
    std::optional<bool> secure = hops.secure;
    std::optional<IpBytes> found;
    // From our end: each trusted proxy vouches for the one before it. What is no address ends the
    // chain, so that nobody gets further by writing nonsense.
    for (auto hop = hops.list.rbegin(); hop != hops.list.rend() && hop->address; ++hop) {
        found = hop->address;
        if (hop->secure)
            secure = hop->secure;
        if (!trusts(*hop->address))
            break;
    }
    if (found) {
        client = to_text(*found);
        request.peer = client;
    }
    request.secure = secure.value_or(request.secure);
    if (is_request_id(hops.request_id))
        request.request_id = hops.request_id;
}

} // namespace bw::net
