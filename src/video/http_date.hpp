// Dates as HTTP has them: IMF-fixdate (RFC 9110, section 5.6.7).
#pragma once

#include <ctime>

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace bw::video {

inline std::optional<Instant> http_date(std::string_view text) {
    std::tm at{};
    const std::string whole(text);
    const char* const rest = strptime(whole.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &at);
    if (rest == nullptr || *rest != '\0')
        return std::nullopt;
    return Instant{timegm(&at) * 1'000};
}

} // namespace bw::video
