#include "tenancy/host_name.hpp"

#include <algorithm>

namespace bw::tenancy {

namespace {

constexpr std::size_t host_bytes_limit = 253; // RFC 1035's 255, less the two that text form saves

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_label(std::string_view label) {
    auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
    return !label.empty() && label.size() <= 63 && alphanumeric(label.front()) &&
           alphanumeric(label.back()) &&
           std::ranges::all_of(label, [&](char c) { return alphanumeric(c) || c == '-'; });
}

Error refused(const char* why) {
    return fail(Code::invalid_field, why);
}

} // namespace

bool is_slug(std::string_view text) {
    return is_label(text);
}

Result<std::string> own_host(std::string_view text) {
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7e; }))
        return refused(
            "send the name in its ASCII form (xn--...), as the domain's registry has it");
    std::string host(text);
    std::ranges::transform(host, host.begin(), lower);
    if (host.empty() || host.size() > host_bytes_limit)
        return refused("a host name has 1 to 253 characters");
    if (is_address(host))
        return refused("an address is no host name");
    std::size_t labels = 0;
    std::string_view rest = host, label;
    for (;;) {
        label = rest.substr(0, rest.find('.'));
        ++labels;
        if (!is_label(label))
            return refused("each part between dots has 1 to 63 letters, digits and inner hyphens; "
                           "no scheme, port, path or last dot");
        // RFC 5891 section 4.2.3.1: hyphens in the third and fourth place belong to A-labels.
        if (label.size() >= 4 && label.substr(2, 2) == "--" &&
            (!label.starts_with("xn--") || label.size() == 4))
            return refused("a part with hyphens in its third and fourth place must begin with "
                           "xn-- and go on");
        if (label.size() == rest.size())
            break;
        rest.remove_prefix(label.size() + 1);
    }
    if (labels < 2)
        return refused("a domain of one's own has at least two parts, such as school.example");
    if (std::ranges::all_of(label, is_digit)) // RFC 1123 section 2.1: else it could be an address
        return refused("the last part of a host name is not all digits");
    return host;
}

std::string host_looked_up(std::string_view header) {
    std::string host(header.starts_with('[') ? header.substr(0, header.find(']') + 1)
                                             : header.substr(0, header.find(':')));
    if (host.ends_with('.'))
        host.pop_back();
    std::ranges::transform(host, host.begin(), lower);
    return host;
}

bool is_address(std::string_view host) {
    return host.starts_with('[') || (host.contains('.') && std::ranges::all_of(host, [](char c) {
                                         return is_digit(c) || c == '.';
                                     }));
}

} // namespace bw::tenancy
