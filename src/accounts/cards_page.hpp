// Cards for students as a page to be printed: A4, eight to a sheet, each with a name, a code and
// the same as a QR code. Plain HTML that loads nothing and runs nothing.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"

namespace bw::accounts {

struct Card {
    std::string given_name, family_name, username;
    std::string code; // as people copy it
    std::string link; // what the QR code says
};

struct CardsPage {
    std::string html;
    std::string content_security_policy; // names the page's own style, and nothing else
};
/// `language`: "de", else English.
CardsPage cards_page(const std::string& institution, const std::string& section,
                     const std::string& address, const std::string& language, Instant until,
                     const std::vector<Card>& cards);

/// An SVG image of `text` with a quiet zone, named `title` for whoever does not see it; empty where
/// the text is too long for a QR code.
std::string qr_svg(const std::string& text, const std::string& title);

} // namespace bw::accounts
