#include "content/links.hpp"

#include <algorithm>
#include <charconv>

#include "tenancy/host_name.hpp"

namespace bw::content {

namespace {

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 3986, appendix A, without '%'.
bool may_stand(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool escapes_hold(std::string_view url) {
    for (std::size_t at = 0; at < url.size(); ++at) {
        if (url[at] == '%' &&
            (at + 2 >= url.size() || !is_hex(url[at + 1]) || !is_hex(url[at + 2])))
            return false;
    }
    return true;
}

bool is_port(std::string_view text) {
    std::uint32_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
}

} // namespace

Result<void> check_link(std::string_view url, std::string_view field) {
    auto refuse = [&](const char* why) {
        return fail(Code::invalid_field, why, std::string(field));
    };
    constexpr std::string_view scheme = "https://";
    if (url.size() > link_bytes_limit)
        return refuse("is longer than 2000 characters");
    if (!url.starts_with(scheme))
        return refuse("expected an address that begins with https://");
    if (!std::ranges::all_of(url, [](char c) { return c == '%' || may_stand(c); }) ||
        !escapes_hold(url))
        return refuse("holds a character that no address has; write it as %XX, a host name outside "
                      "ASCII in its xn-- form");
    url.remove_prefix(scheme.size());
    const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos)
        return refuse("names a user before the host; leave that out");
    const std::size_t colon = authority.find(':');
    if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1)))
        return refuse("expected a port from 1 to 65535 behind the host name");
    if (!tenancy::own_host(authority.substr(0, colon)))
        return refuse("expected a host name with a dot in it, such as library.example");
    return {};
}

} // namespace bw::content
