#include "institution/colour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/bytes.hpp"

namespace bw::institution {

namespace {

/// WCAG 2.2, "relative luminance": sRGB made linear, weighed as the eye does.
double luminance(Colour colour) {
    auto linear = [](std::uint8_t channel) {
        const double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) +
           0.0722 * linear(colour.blue);
}

} // namespace

std::optional<Colour> colour_from(std::string_view text) {
    if (text.size() != 7 || text.front() != '#')
        return std::nullopt;
    const auto bytes = from_hex(text.substr(1));
    if (!bytes)
        return std::nullopt;
    auto channel = [&](std::size_t i) { return static_cast<std::uint8_t>((*bytes)[i]); };
    return Colour{channel(0), channel(1), channel(2)};
}

std::string to_text(Colour colour) {
    return fmt::format("#{:06x}", bits_of(colour));
}

double contrast(Colour one, Colour other) {
    const auto [darker, lighter] = std::minmax({luminance(one), luminance(other)});
    return (lighter + 0.05) / (darker + 0.05);
}

Colour text_on(Colour background) {
    return contrast(background, white) >= contrast(background, black) ? white : black;
}

} // namespace bw::institution
