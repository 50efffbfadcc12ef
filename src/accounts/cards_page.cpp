#include "accounts/cards_page.hpp"

#include <qrencode.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/crypto.hpp"

namespace bw::accounts {

namespace {

constexpr std::string_view style = R"(
@page { size: A4; margin: 10mm }
body { font: 11pt/1.35 sans-serif; margin: 0; color: #000; background: #fff }
h1 { font-size: 14pt; margin: 0 0 2mm }
p { margin: 0 }
header p { margin: 0 0 4mm }
ul { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: 1fr 1fr }
li { display: grid; grid-template-columns: 1fr 36mm; gap: 2mm; border: 0.3mm dashed #555; padding: 4mm; height: 56mm;
     box-sizing: border-box; break-inside: avoid; overflow: hidden }
h2 { font-size: 12pt; margin: 0 0 2mm; overflow-wrap: anywhere }
dl { margin: 0 }
dt { font-size: 9pt }
dd { margin: 0 0 1mm; font: bold 13pt monospace; overflow-wrap: anywhere }
svg { width: 36mm; height: 36mm }
small { font-size: 8.5pt; overflow-wrap: anywhere }
)";

struct Words {
    const char *title, *note, *name, *code, *until, *image;
};
constexpr Words english{
    "Sign-in cards",
    "Each card works once. Cut along the lines and give each to its owner alone.",
    "User name",
    "Code",
    "Open {} and choose a password, before {}.",
    "QR code of the address"};
constexpr Words german{
    "Zugangskarten",
    "Jede Karte gilt einmal. Ausschneiden und nur an die Person geben, deren Name "
    "darauf steht.",
    "Benutzername",
    "Code",
    "{} öffnen und ein Passwort wählen, bis {}.",
    "QR-Code der Adresse"};

std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text)
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    return out;
}

std::string hash_of_style() {
    std::string base64 = to_base64url(view(sha256(style)));
    std::ranges::replace(base64, '-', '+');
    std::ranges::replace(base64, '_', '/');
    return base64 + "=";
}

} // namespace

std::string qr_svg(const std::string& text, const std::string& title) {
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
    if (!code)
        return {};
    constexpr int quiet = 4; // modules: ISO/IEC 18004
    std::string path;
    for (int y = 0; y < code->width; ++y)
        for (int x = 0; x < code->width;) {
            int end = x;
            while (end < code->width && (code->data[y * code->width + end] & 1) != 0)
                ++end;
            if (end > x)
                path += fmt::format("M{} {}h{}v1H{}z", x + quiet, y + quiet, end - x, x + quiet);
            x = end + 1;
        }
    const int side = code->width + 2 * quiet;
    return fmt::format(R"(<svg role="img" aria-label="{}" viewBox="0 0 {} {}" )"
                       R"(shape-rendering="crispEdges"><path fill="#000" d="{}"/></svg>)",
                       escaped(title), side, side, path);
}

CardsPage cards_page(const std::string& institution, const std::string& section,
                     const std::string& address, const std::string& language, Instant until,
                     const std::vector<Card>& cards) {
    const bool in_german = language == "de";
    const Words& words = in_german ? german : english;
    CardsPage page;
    page.content_security_policy = fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'none'; base-uri 'none'",
        hash_of_style());
    const std::string day = to_rfc3339(until).substr(0, 10);
    std::string& html = page.html;
    html = fmt::format("<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width\">\n"
                       "<title>{}: {}</title>\n<style>{}</style>\n"
                       "<header><h1>{}: {}, {}</h1><p>{}</p></header>\n<main><ul>\n",
                       in_german ? "de" : "en", page.content_security_policy, words.title,
                       escaped(section), style, words.title, escaped(section), escaped(institution),
                       words.note);
    for (const Card& card : cards)
        html += fmt::format(
            "<li><div><h2>{} {}</h2><dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl>"
            "<small>{}</small></div>{}</li>\n",
            escaped(card.given_name), escaped(card.family_name), words.name, escaped(card.username),
            words.code, escaped(card.code),
            fmt::format(fmt::runtime(words.until), escaped(address), day),
            qr_svg(card.link, words.image));
    html += "</ul></main>\n</html>\n";
    page.content_security_policy += "; frame-ancestors 'none'"; // not in a meta element
    return page;
}

} // namespace bw::accounts
