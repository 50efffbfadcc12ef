#include "federation/form.hpp"

#include <algorithm>

namespace bw::federation {

std::string form_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF", plain = "-._~";
    std::string out;
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            plain.find(c) != std::string_view::npos)
            out += c;
        else
            (out += '%') += {digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

void add_to_form(std::string& form, std::string_view name, std::string_view value) {
    if (!form.empty())
        form += '&';
    form += form_encoded(name) + "=" + form_encoded(value);
}

std::string to_base64(ByteView bytes) {
    std::string out = to_base64url(bytes);
    std::ranges::replace(out, '-', '+');
    std::ranges::replace(out, '_', '/');
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

} // namespace bw::federation
