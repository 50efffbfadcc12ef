// A mail as text and as the bytes that go over SMTP (RFC 5322, MIME). Plain text alone: it is read
// everywhere, and nothing in it can be tracked.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::mail {

struct MailKind {
    static constexpr const char* prefix = "mail";
};
using MailId = Id<MailKind>;

/// An address that can be written to: local@domain in ASCII, at most 254 bytes, nothing that could
/// end a header or an SMTP command. What stands before the '@' is the receiving server's to judge.
Result<void> check_address(std::string_view address, std::string_view field);

struct Message {
    std::string to; // checked by check_address
    std::string subject, text;
};

struct Sender {
    std::string address; // checked by check_address
    std::string name;    // shown to people
};

/// The message's bytes, CRLF lines of at most 78 characters, UTF-8 as base64 and encoded words
/// (RFC 2047). The Message-ID follows from `id`, so that a mail that is sent twice is one to
/// whoever looks. No value can add a header.
Bytes compose(const Message& message, MailId id, const Sender& sender, Instant now);

using Parameters = std::map<std::string_view, std::string>;

/// A text with {{name}} where parameters go; its first line is the subject.
class Template {
public:
    /// nullopt: not closed, an empty name, no subject or no text.
    static std::optional<Template> parse(std::string_view text);

    /// A parameter that is missing or not asked for is a bug of the caller's.
    Message render(std::string_view to, const Parameters& parameters) const;

private:
    std::string subject_, text_;
};

/// The templates that the program brings, by name and language ("en"); falls back to English. A
/// name that is none is a bug.
const Template& find_template(std::string_view name, std::string_view language);

} // namespace bw::mail
