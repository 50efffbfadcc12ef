// Hands messages to one SMTP server (RFC 5321) through libcurl. Knows nothing about tenants or
// outboxes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::mail {

struct SmtpOptions {
    std::string url;           // "smtp://mail.example:587", "smtps://mail.example:465"
    bool require_tls = true;   // of smtp: no mail before STARTTLS has succeeded
    std::string user;          // empty: no authentication
    std::string password;      // never logged
    std::string ca_file;       // empty: the system's
    Duration send_limit = 30s; // of one mail
};

/// What came of one mail.
struct Delivery {
    enum class Outcome : std::uint8_t {
        accepted,    // the server has taken it over
        refused,     // it said 5xx to the recipient or the content: trying again changes nothing
        postponed,   // it said 4xx to this mail
        unreachable, // nothing was said about this mail: connection, TLS, sign-in, sender
        unknown,     // lost after the content went out: it may have been taken
    };
    Outcome outcome;
    std::optional<int> code;           // of the last reply
    std::optional<std::string> status; // its enhanced status code (RFC 3463)
    std::string reason;                // for the operator's log: no address, no content
};

/// Not thread-safe. Keeps its connection between mails.
class Smtp {
public:
    /// invalid_field: a URL that is none of the two kinds.
    static Result<std::unique_ptr<Smtp>> make(SmtpOptions options);
    virtual ~Smtp() = default;
    /// `message` is RFC 5322; both addresses are checked (message.hpp).
    virtual Delivery send(std::string_view from, std::string_view to, ByteView message) = 0;
};

} // namespace bw::mail
