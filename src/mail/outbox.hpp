// The outbox: mails as rows, written in the transaction of the deed that they tell about, and what
// becomes of them. Sending is relay.hpp's; the states stand in README.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/subject_keys.hpp"
#include "mail/message.hpp"
#include "tenancy/database.hpp"

namespace bw::mail {

struct Draft {
    std::string_view template_name;
    std::string_view language; // "en"
    Parameters parameters;     // may hold secrets: they are stored encrypted, and not for long
    std::string to;
    std::optional<UserId> person; // whom it is for: erasing them makes it unreadable
    Duration lifetime = 24h;      // after which nobody wants it any more
};

/// In the caller's transaction: the mail goes out if and only if the deed stands. Errors:
/// invalid_field (`to`), conflict (the person has been erased).
Result<MailId> enqueue(tenancy::TenantTx& tx, const Draft& draft, const audit::SubjectKeys& keys,
                       const Clock& clock, Rng& rng);

/// A mail that is ours to send until its lease ends.
struct Claimed {
    MailId id;
    Message message;
    Instant expires_at;
    int attempts; // with this one
};

struct Claim {
    std::vector<Claimed> mails;
    std::vector<MailId> unreadable; // the person's key is gone
};
/// Those of `mails` that are still due at `now`; nobody else gets them before `lease_until`.
Result<Claim> claim(tenancy::TenantTx& tx, const std::vector<MailId>& mails, Instant now,
                    Instant lease_until, const audit::SubjectKeys& keys);

enum class State : std::uint8_t { queued, sent, refused, expired };
std::string_view wire_name(State state);

/// What the receiving server said last; empty if it never said anything.
struct Reply {
    std::optional<int> code;           // 550
    std::optional<std::string> status; // "5.1.1" (RFC 3463)
};

/// The mail has ended; what it said is dropped. Nothing if it had ended already.
Result<void> finish(tenancy::TenantTx& tx, MailId mail, State state, const Reply& reply,
                    Instant now);
/// Due again at `due_at`.
Result<void> postpone(tenancy::TenantTx& tx, MailId mail, Instant due_at, const Reply& reply);
/// Claimed and never tried: due again at `due_at`, the attempt not counted.
Result<void> hand_back(tenancy::TenantTx& tx, const std::vector<MailId>& mails, Instant due_at);

struct Progress {
    std::string template_name;
    State state;
    int attempts;
    Reply reply;
    std::optional<Instant> ended_at;
};
Result<std::optional<Progress>> read_mail(tenancy::TenantTx& tx, MailId mail);

} // namespace bw::mail
