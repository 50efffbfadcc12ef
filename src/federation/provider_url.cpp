#include "federation/provider_url.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

namespace bw::federation {

namespace {

constexpr std::size_t url_bytes_limit = 1'000;

struct Block {
    std::uint32_t network;
    int bits;
};
// RFC 6890 and its successors: everything that is not globally reachable, and multicast.
constexpr Block private_blocks[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4}};

bool is_private(std::uint32_t v4) {
    return std::ranges::any_of(private_blocks, [v4](const Block& block) {
        return ((v4 ^ block.network) >> (32 - block.bits)) == 0;
    });
}

std::uint32_t v4_at(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

bool is_private(const in6_addr& v6) {
    const std::uint8_t* b = v6.s6_addr;
    static constexpr std::uint8_t zeros[12] = {};
    static constexpr std::uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static constexpr std::uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (std::memcmp(b, mapped, 12) == 0 || std::memcmp(b, nat64, 12) == 0)
        return is_private(v4_at(b + 12));
    if (std::memcmp(b, zeros, 12) == 0) // unspecified, loopback, and what once was v4-compatible
        return true;
    if (b[0] == 0x20 && b[1] == 0x02) // 6to4
        return is_private(v4_at(b + 2));
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02) // 2001::/23: Teredo, ORCHID, benchmarks
        return true;
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) // documentation
        return true;
    return (b[0] & 0xe0) != 0x20; // global unicast is 2000::/3
}

struct Parts {
    std::string scheme, host;
    bool user = false, fragment = false;
};

std::optional<std::string> part(CURLU* url, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, 0) != CURLUE_OK)
        return std::nullopt;
    std::string out(text);
    curl_free(text);
    return out;
}

std::optional<Parts> parts_of(const std::string& text) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
    if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return std::nullopt;
    auto scheme = part(url.get(), CURLUPART_SCHEME), host = part(url.get(), CURLUPART_HOST);
    if (!scheme || !host || host->empty())
        return std::nullopt;
    return Parts{*scheme, *host,
                 part(url.get(), CURLUPART_USER) || part(url.get(), CURLUPART_PASSWORD),
                 part(url.get(), CURLUPART_FRAGMENT).has_value()};
}

/// nullopt: a name.
std::optional<sockaddr_storage> numeric(std::string host) {
    if (host.size() > 2 && host.front() == '[')
        host = host.substr(1, host.size() - 2);
    sockaddr_storage out{};
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out);
    if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1)
        out.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1)
        out.ss_family = AF_INET6;
    else
        return std::nullopt;
    return out;
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

} // namespace

bool is_private_address(const sockaddr* address) {
    if (address->sa_family == AF_INET)
        return is_private(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_private(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    return true;
}

Result<void> check_provider_url(std::string_view url, Reach reach, std::string_view field) {
    auto refuse = [&](const char* why) {
        return fail(Code::invalid_field, why, std::string(field));
    };
    if (url.size() > url_bytes_limit)
        return refuse("is longer than 1000 characters");
    if (std::ranges::any_of(url, [](unsigned char c) { return c <= ' ' || c > '~' || c == '\\'; }))
        return refuse("expected a URL of printable ASCII characters");
    auto parts = parts_of(std::string(url));
    if (!parts)
        return refuse("expected an absolute URL such as https://login.school.example");
    if (parts->user || parts->fragment)
        return refuse("a provider's URL has neither user nor fragment");
    if (!url.starts_with("https://") && !url.starts_with("http://"))
        return refuse("expected https"); // in lower case: an issuer is compared byte by byte
    if (parts->scheme != "https" &&
        !(reach == Reach::private_too && parts->scheme == "http" && is_loopback(parts->host)))
        return refuse("expected https");
    if (reach == Reach::private_too)
        return {};
    auto address = numeric(parts->host);
    if (is_loopback(parts->host) ||
        (address && is_private_address(reinterpret_cast<const sockaddr*>(&*address))))
        return refuse("this address is not a public one, and those who run this installation have "
                      "not allowed others");
    return {};
}

} // namespace bw::federation
