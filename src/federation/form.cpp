#include "federation/form.hpp"

#include <algorithm>

#include "base/percent.hpp"

namespace bw::federation {

void add_to_form(std::string& form, std::string_view name, std::string_view value) {
    if (!form.empty())
        form += '&';
    form += percent_encoded(name) + "=" + percent_encoded(value);
}

std::string to_base64(ByteView bytes) {
    std::string out = to_base64url(bytes);
    std::ranges::replace(out, '-', '+');
    std::ranges::replace(out, '_', '/');
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

} // namespace bw::federation
