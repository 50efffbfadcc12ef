// Where passwords are chosen: by whoever knows the old one, and by whoever shows a link or a code.
// Runs on a thread that may hash (the lane is the caller's). Signing in with them is auth's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/letters.hpp"
#include "accounts/password_rules.hpp"
#include "accounts/vouchers.hpp"
#include "auth/passwords.hpp"
#include "base/secret_text.hpp"

namespace bw::accounts {

/// All outlive the desk.
struct DeskParts {
    SecretMacs macs;
    Letters letters;
    const BreachedList* breached = nullptr;
    const Clock& clock;
    Rng& rng;
    auth::PasswordCost cost = {};
};

struct Changed {
    UserId person;
    tenancy::Roles roles;
    std::int64_t epoch = 0; // ends what was issued before; see RevocationFeed::when_confirmed
    std::optional<Instant> shared_until = {}; // the end of a session on a shared device
};

/// Shown instead of an old password.
struct Bearer {
    SecretText token; // of a link; empty: a code
    std::string username;
    SecretText code; // as read_code gives it
};

/// Thread-safe. Passwords given to it are wiped by whoever owns them.
class PasswordDesk {
public:
    explicit PasswordDesk(const DeskParts& parts) : parts_(parts) {}
    const DeskParts& parts() const { return parts_; }

    /// Ends all of the person's sessions, and the links and codes that were open. invalid_field:
    /// the old one is wrong, or the new one is not good enough; quota_exceeded: too many wrong
    /// ones; conflict: there is no old one, or it was changed at the same moment.
    Result<Changed> change(tenancy::Database& database, const Institution& place, UserId person,
                           AuthSessionId session, const std::string& current,
                           const std::string& next, Deadline deadline) const;

    /// The same for a bearer, who uses it up. forbidden, with one text for whatever is wrong with
    /// it; invalid_field: it stands, and the password is not good enough: choose another.
    Result<Changed> choose(tenancy::Database& database, const Institution& place,
                           const Bearer& bearer, const std::string& next, Deadline deadline) const;

    /// Whom a link is to be sent to for this name or (with '@' in `address`) address. The same work
    /// whoever it is; empty: nobody, no address, or asked for too often.
    struct Asked {
        std::string username, address; // one of them
    };
    Result<std::vector<Person>> asked_for(tenancy::Database& database, const Institution& place,
                                          const Asked& asked, Deadline deadline) const;
    Result<void> send_reset(tenancy::Database& database, const Institution& place,
                            const Person& person, Deadline deadline) const;

private:
    Result<PasswordRules> rules(tenancy::TenantTx& tx, const Institution& place) const;
    Result<Changed> set(tenancy::TenantTx& tx, const Institution& place, const Person& person,
                        const std::string& hash, std::string_view actor,
                        const std::string& details) const;
    const DeskParts parts_;
};

} // namespace bw::accounts
