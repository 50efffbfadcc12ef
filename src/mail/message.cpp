#include "mail/message.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <set>

#include "base/ensure.hpp"

namespace bw::mail {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t encoded_line_chars = 76; // RFC 2045, section 6.8
constexpr std::size_t encoded_word_bytes = 42; // base64 of it and its frame fit 75: RFC 2047

/// RFC 4648 section 4, with padding: MIME's base64.
std::string base64(ByteView bytes) {
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
    std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), variant);
    out.pop_back(); // its NUL
    return out;
}

bool plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// A header's text: as it is if it can be, else as encoded words, one a line. Line ends and other
/// control characters become blanks.
std::string header_text(std::string_view text) {
    std::string clean(text);
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
            c = ' ';
    // What looks like an encoded word would be decoded by the reader.
    if (plain(clean) && clean.size() <= 60 && clean.find("=?") == std::string::npos)
        return clean;
    std::string out;
    for (std::string_view rest = clean; !rest.empty();) {
        std::size_t take = std::min(encoded_word_bytes, rest.size());
        while (take < rest.size() && (static_cast<unsigned char>(rest[take]) & 0xc0) == 0x80)
            --take; // a character is not divided between two words
        out += (out.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + base64(rest.substr(0, take)) + "?=");
        rest.remove_prefix(take);
    }
    return out;
}

/// A display name: quoted where it is plain, encoded where it is not.
std::string phrase(std::string_view name) {
    std::string text = header_text(name);
    if (text.starts_with("=?"))
        return text;
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

/// RFC 5322, section 3.3.
std::string date_text(Instant now) {
    const std::time_t seconds = now.ms / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> out{};
    static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::snprintf(out.data(), out.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                  days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                  months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                  utc.tm_min, utc.tm_sec);
    return out.data();
}

std::string_view domain_of(std::string_view address) {
    return address.substr(address.rfind('@') + 1);
}

/// Calls `literal` and `parameter` for the parts of a template's text. False: a brace is not closed
/// or a name is none.
template <class Literal, class Name>
bool walk(std::string_view text, Literal&& literal, Name&& parameter) {
    for (;;) {
        const std::size_t open = text.find("{{");
        literal(text.substr(0, open));
        if (open == std::string_view::npos)
            return true;
        const std::size_t close = text.find("}}", open);
        if (close == std::string_view::npos)
            return false;
        const std::string_view name = text.substr(open + 2, close - open - 2);
        if (name.empty() ||
            !std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
            return false;
        parameter(name);
        text.remove_prefix(close + 2);
    }
}

} // namespace

Result<void> check_address(std::string_view address, std::string_view field) {
    const std::size_t at = address.rfind('@');
    auto good = [](char c) {
        return c > ' ' && c <= '~' &&
               std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
    };
    auto label_char = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
    };
    const bool two_parts =
        at != std::string_view::npos && at > 0 && at <= 64 && at + 1 < address.size();
    if (!two_parts || address.size() > 254 || address.find('@') != at ||
        !std::ranges::all_of(address, good) ||
        !std::ranges::all_of(address.substr(at + 1), label_char) || address[at + 1] == '.' ||
        address.back() == '.' || address.find("..") != std::string_view::npos)
        return fail(Code::invalid_field,
                    "expected a mail address such as ada@school.example, in ASCII",
                    std::string(field));
    return {};
}

Bytes compose(const Message& message, MailId id, const Sender& sender, Instant now) {
    ENSURE(check_address(message.to, "") && check_address(sender.address, ""),
           "addresses are checked before a mail is made");
    Bytes out;
    auto header = [&](std::string_view name, std::string_view value) {
        out.append(name).append(": ").append(value).append(line_end);
    };
    header("Date", date_text(now));
    header("From", phrase(sender.name) + "\r\n <" + sender.address + ">");
    header("To", "<" + message.to + ">");
    header("Subject", header_text(message.subject));
    header("Message-ID", "<" + id.text() + "@" + std::string(domain_of(sender.address)) + ">");
    header("Auto-Submitted", "auto-generated"); // RFC 3834: no out-of-office answers, please
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "base64");
    out += line_end;
    std::string text;
    for (char c : message.text)
        text += c == '\n' ? std::string(line_end) : std::string(1, c);
    const std::string encoded = base64(text);
    for (std::size_t i = 0; i < encoded.size(); i += encoded_line_chars)
        out.append(encoded, i, encoded_line_chars).append(line_end);
    return out;
}

std::optional<Template> Template::parse(std::string_view text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0 || end + 1 == text.size())
        return std::nullopt;
    auto nothing = [](std::string_view) {};
    if (!walk(text, nothing, nothing))
        return std::nullopt;
    Template made;
    made.subject_ = text.substr(0, end);
    made.text_ = text.substr(text.find_first_not_of('\n', end));
    return made;
}

Message Template::render(std::string_view to, const Parameters& parameters) const {
    std::set<std::string_view> used;
    auto filled = [&](std::string_view text) {
        std::string out;
        walk(
            text, [&](std::string_view part) { out += part; },
            [&](std::string_view name) {
                auto value = parameters.find(name);
                ENSURE(value != parameters.end(), "a mail template's parameter is missing");
                used.insert(name);
                out += value->second;
            });
        return out;
    };
    Message message{std::string(to), filled(subject_), filled(text_)};
    ENSURE(used.size() == parameters.size(), "a parameter that the mail template does not have");
    return message;
}

const Template& find_template(std::string_view name, std::string_view language) {
    struct Known {
        std::string_view name, language, text;
    };
    static constexpr Known known[] = {
        {"test", "en",
         "Mail from {{institution}} works\n\n"
         "This is a test of the mail that {{institution}} sends, asked for by its operator.\n"
         "Nothing needs to be done.\n"},
        {"test", "de",
         "Post von {{institution}} kommt an\n\n"
         "Dies ist eine Probe der Post, die {{institution}} verschickt; der Betreiber hat sie "
         "angestoßen.\nEs ist nichts zu tun.\n"},
        {"password_reset", "en",
         "Choose a new password for {{institution}}\n\n"
         "Somebody, most likely you, asked for a new password for the account {{username}} at "
         "{{institution}}.\n\nChoose one here, before {{until}}; the link works once:\n\n"
         "{{link}}\n\nIf it was not you: nothing has changed, and nothing needs to be done.\n"},
        {"password_reset", "de",
         "Neues Passwort für {{institution}}\n\n"
         "Jemand, wahrscheinlich Sie selbst, hat um ein neues Passwort für das Konto {{username}} "
         "bei {{institution}} gebeten.\n\nHier können Sie es wählen, bis {{until}}; der Link gilt "
         "einmal:\n\n{{link}}\n\nWaren Sie es nicht, so ist nichts geändert und nichts zu "
         "tun.\n"},
        {"invitation", "en",
         "Your account at {{institution}}\n\n"
         "{{institution}} has an account for you. Your user name is {{username}}.\n\n"
         "Choose your password here, before {{until}}; the link works once:\n\n{{link}}\n"},
        {"invitation", "de",
         "Ihr Konto bei {{institution}}\n\n"
         "{{institution}} hat ein Konto für Sie. Ihr Benutzername ist {{username}}.\n\n"
         "Wählen Sie hier Ihr Passwort, bis {{until}}; der Link gilt einmal:\n\n{{link}}\n"},
        {"password_changed", "en",
         "Your password for {{institution}} was changed\n\n"
         "The password of the account {{username}} at {{institution}} has just been changed, and "
         "every device was signed out.\n\nIf it was not you, tell your teacher or "
         "{{institution}} now.\n"},
        {"grade_released", "en",
         "A result at {{institution}}\n\n"
         "Your work for \"{{assignment}}\" at {{institution}} has been marked, and the result can "
         "be "
         "read. Sign in as always to see it.\n"},
        {"grade_released", "de",
         "Ein Ergebnis bei {{institution}}\n\n"
         "Ihre Arbeit zu „{{assignment}}“ bei {{institution}} ist bewertet, und das Ergebnis kann "
         "gelesen werden. Melden Sie sich dazu wie immer an.\n"},
        {"announcement", "en",
         "An announcement at {{institution}}\n\n"
         "There is an announcement for your class at {{institution}}: \"{{title}}\". Sign in as "
         "always to read it.\n"},
        {"announcement", "de",
         "Eine Mitteilung bei {{institution}}\n\n"
         "Für Ihre Klasse bei {{institution}} gibt es eine Mitteilung: „{{title}}“. Melden Sie "
         "sich wie immer an, um sie zu lesen.\n"},
        {"password_changed", "de",
         "Ihr Passwort für {{institution}} wurde geändert\n\n"
         "Das Passwort des Kontos {{username}} bei {{institution}} wurde soeben geändert, und alle "
         "Geräte wurden abgemeldet.\n\nWaren Sie es nicht, so sagen Sie es bitte gleich Ihrer "
         "Lehrkraft oder {{institution}}.\n"},
    };
    static const auto parsed = [] {
        std::map<std::pair<std::string_view, std::string_view>, Template> all;
        for (const Known& k : known) {
            auto one = Template::parse(k.text);
            ENSURE(one, "a mail template does not parse");
            all.emplace(std::pair{k.name, k.language}, *std::move(one));
        }
        return all;
    }();
    auto found = parsed.find({name, language});
    if (found == parsed.end())
        found = parsed.find({name, "en"});
    ENSURE(found != parsed.end(), "no mail template of that name");
    return found->second;
}

} // namespace bw::mail
