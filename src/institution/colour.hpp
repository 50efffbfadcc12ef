// Colours as institutions choose them, and how legible text is on them (WCAG 2.2, "contrast
// ratio").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bw::institution {

struct Colour {
    std::uint8_t red = 0, green = 0, blue = 0;
    bool operator==(const Colour&) const = default;
};
constexpr Colour black{}, white{255, 255, 255};

/// Eight bits each, red the highest.
constexpr std::uint32_t bits_of(Colour colour) {
    return std::uint32_t{colour.red} << 16 | std::uint32_t{colour.green} << 8 | colour.blue;
}
constexpr Colour colour_of(std::uint32_t bits) {
    return {static_cast<std::uint8_t>(bits >> 16), static_cast<std::uint8_t>(bits >> 8),
            static_cast<std::uint8_t>(bits)};
}

/// "#1a73e8", in either case.
std::optional<Colour> colour_from(std::string_view text);
/// In lower case.
std::string to_text(Colour colour);

/// From 1 (the same) to 21 (black and white).
double contrast(Colour one, Colour other);
/// White or black, whichever is read more easily on it: never under 4.5, which is what WCAG asks
/// for (1.4.3, AA).
Colour text_on(Colour background);

} // namespace bw::institution
