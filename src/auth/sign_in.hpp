// Sign-in by password. After it no request needs the database to know its caller.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/arrival_ticket.hpp"
#include "auth/credentials.hpp"
#include "auth/sessions.hpp"
#include "auth/sign_in_guards.hpp"
#include "auth/token_issuer.hpp"
#include "base/secret_text.hpp"
#include "telemetry/busiest_minute.hpp"
#include "tenancy/database.hpp"
#include "tenancy/revocations.hpp"

namespace bw::auth {

struct PasswordAttempt {
    std::string username;
    SecretText password;
    std::string device;            // what the session's owner is shown; at most 200 characters
    std::string ticket = {};       // of an earlier refusal; empty: they have just come
    std::string device_token = {}; // of an earlier sign-in; empty or another's: an unknown device
    bool shared_device = false;    // others use it next: the session is a short one
};

/// What sign-ins are made of. All outlive them.
struct SignInParts {
    /// Hashes: its threads are the budget of cores and memory (20 MiB each) for passwords. Keeps
    /// places.
    tenancy::DatabaseLane& lane;
    RotationLane& sessions;
    const RefreshTokens& tokens;
    const TokenIssuer& issuer;
    SignInGuards& guards;
    const tenancy::Revocations& revocations;
    const Clock& clock;
    SecretKey key; // of arrival tickets: the same in all processes
    RefreshRules rules = {};
};

/// Since the process began.
struct SignInStatus {
    std::uint64_t signed_in = 0, busiest_minute = 0; // the latter of the last hour
    std::uint64_t wrong = 0;                         // name or password
    std::uint64_t failed = 0;    // had a turn, and no database or no time left for it
    std::uint64_t coalesced = 0; // answered by another's hash
};

/// Thread-safe.
class PasswordSignIn {
public:
    PasswordSignIn(const SignInParts& parts, Rng& rng)
        : parts_(parts), tickets_(parts.key), rng_(rng), attempt_key_(rng.bytes<32>()) {}

    using Done = std::move_only_function<void(Result<IssuedToken>)>;
    /// unauthenticated for an unknown user, a wrong password, a user without one and an inactive
    /// user alike, after the same work; the lane's refusals otherwise, with a place and a ticket
    /// that keeps it. Before any of it sign_in_delayed, if too many attempts on the name failed,
    /// whether or not somebody has it; second_factor_required instead of a session, if the password
    /// was right and is not enough. The same name and password that come while they are being
    /// hashed are not hashed again. That the session could not be written down is no reason to keep
    /// anybody out: the first refresh does it.
    void sign_in(const tenancy::TenantScope& scope, PasswordAttempt attempt, Deadline deadline,
                 Done done, std::optional<telemetry::TraceContext> trace = {});

    /// A session for who has proven who they are, on a device by which the account knows them
    /// from then on, unless others share it; `device` is what they are shown.
    void begin(const tenancy::TenantScope& scope, const Holder& holder, std::string device,
               const Guess& from, Deadline deadline, Done done);

    SignInStatus status() const;

private:
    /// Who waits for the outcome of one hash.
    struct Waiter {
        std::string device;
        bool shared_device;
        Guess from;
        Deadline deadline;
        Done done;
    };
    /// Whose password was right, and what else they have to show.
    struct Verified {
        Holder holder;
        FactorNeed need = FactorNeed::none;
    };
    /// One hash on its way to its turn.
    struct Hashing;
    /// The name and the password under a key that lives as long as the process: in memory for as
    /// long as the attempt is.
    using AttemptMac = std::array<std::uint8_t, 32>;
    struct AttemptHash {
        std::size_t operator()(const AttemptMac& mac) const noexcept;
    };
    AttemptMac mac_of(TenantId tenant, const std::string& username,
                      const std::string& password) const;
    Result<bool> joined(const AttemptMac& mac, Waiter waiter, Done& done);
    std::vector<Waiter> waiters_of(const AttemptMac& mac);
    void finish(const tenancy::TenantScope& scope, const AttemptMac& mac,
                Result<Verified> verified);
    Result<Verified> take_turn(const Hashing& of, Result<tenancy::Database*> turn);
    Result<Verified> verified(tenancy::Database& database, const Hashing& of,
                              GuessUnderWay& guess) const;
    Error asked(const tenancy::TenantScope& scope, const Verified& verified,
                const Guess& from) const;

    const SignInParts parts_;
    const ArrivalTickets tickets_;
    Rng& rng_;
    const SecretKey attempt_key_;
    std::mutex mutex_;
    std::unordered_map<AttemptMac, std::vector<Waiter>, AttemptHash> attempts_; // by mutex_
    std::atomic<std::uint64_t> signed_in_ = 0, wrong_ = 0, failed_ = 0, coalesced_ = 0;
    telemetry::BusiestMinute minutes_;
};

} // namespace bw::auth
