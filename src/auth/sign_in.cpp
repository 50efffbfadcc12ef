#include "auth/sign_in.hpp"

#include <sodium.h>

#include "auth/begin_session.hpp"
#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "roster/users.hpp"

namespace bw::auth {

namespace {

constexpr std::size_t waiters_limit = 32; // for one hash

} // namespace

void PasswordSignIn::sign_in(const tenancy::TenantScope& scope, PasswordAttempt attempt,
                             Deadline deadline, Done done,
                             std::optional<telemetry::TraceContext> trace) {
    const std::string username = roster::username_normal(attempt.username);
    const AttemptMac mac = mac_of(scope.tenant(), username, attempt.password);
    const Instant now = parts_.clock.now();
    Guess guess{.account = parts_.guards.accounts.of_name(scope.tenant(), username)};
    guess.device =
        parts_.guards.devices.read(attempt.device_token, guess.account, now).value_or(DeviceId{});
    Result<bool> hashed =
        joined(mac, {std::move(attempt.device), attempt.shared_device, guess, deadline, {}}, done);
    if (!hashed)
        return done(std::move(hashed).error());
    if (!*hashed)
        return;
    const Instant arrived =
        tickets_.read(attempt.ticket, scope.tenant(), username, now).value_or(now);
    parts_.lane.submit(
        scope.tenant(), deadline,
        [this, scope, mac, guess, username, arrived, attempt = std::move(attempt),
         deadline](Result<tenancy::Database*> turn) mutable {
            // Also who had a turn and found no database, or no time left for it.
            auto keeping_place = [&](Error refusal) {
                WaitingPlace place =
                    refusal.waiting ? *refusal.waiting
                                    : WaitingPlace{.estimate = refusal.retry_after.value_or(1s)};
                place.ticket = tickets_.write(scope.tenant(), username, arrived);
                refusal.waiting = std::make_shared<const WaitingPlace>(std::move(place));
                return refusal;
            };
            if (turn) {
                auto outcome = verified(**turn, scope, attempt, guess, deadline);
                sodium_memzero(attempt.password.data(), attempt.password.size());
                if (!outcome && fault(outcome.error().code) == Fault::retryable) {
                    ++failed_;
                    return finish(scope, mac, keeping_place(std::move(outcome).error()));
                }
                return finish(scope, mac, std::move(outcome));
            }
            sodium_memzero(attempt.password.data(), attempt.password.size());
            parts_.guards.guesses.let_go(guess);
            Error refusal = std::move(turn).error();
            finish(scope, mac,
                   refusal.waiting ? keeping_place(std::move(refusal)) : std::move(refusal));
        },
        trace, arrived);
}

/// Waits for the hash of the same name and password that is under way (false), or for one of its
/// own (true), unless the limit says later. `done` is taken if it waits.
Result<bool> PasswordSignIn::joined(const AttemptMac& mac, Waiter waiter, Done& done) {
    std::lock_guard lock(mutex_);
    auto at = attempts_.find(mac);
    const bool fresh = at == attempts_.end();
    if (fresh) {
        CHECK_OK(parts_.guards.guesses.admit(waiter.from, parts_.clock.monotonic()));
        at = attempts_.try_emplace(mac).first;
    }
    if (at->second.size() >= waiters_limit)
        return fail(Code::overloaded, "the same sign-in is under way too often");
    waiter.done = std::move(done);
    at->second.push_back(std::move(waiter));
    if (!fresh)
        ++coalesced_;
    return fresh;
}

PasswordSignIn::AttemptMac PasswordSignIn::mac_of(TenantId tenant, const std::string& username,
                                                  const std::string& password) const {
    crypto_generichash_state state;
    crypto_generichash_init(&state, attempt_key_.data(), attempt_key_.size(), AttemptMac().size());
    auto add = [&](std::string_view part) {
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                                  part.size());
    };
    add(view(tenant.uuid));
    add(username);
    add({"", 1}); // a name holds no NUL
    add(password);
    AttemptMac mac;
    crypto_generichash_final(&state, mac.data(), mac.size());
    return mac;
}

std::size_t PasswordSignIn::AttemptHash::operator()(const AttemptMac& mac) const noexcept {
    return get_le<std::size_t>(view(mac));
}

std::vector<PasswordSignIn::Waiter> PasswordSignIn::waiters_of(const AttemptMac& mac) {
    std::lock_guard lock(mutex_);
    auto node = attempts_.extract(mac);
    return node ? std::move(node.mapped()) : std::vector<Waiter>();
}

/// Each who waited for this hash gets a session of their own.
void PasswordSignIn::finish(const tenancy::TenantScope& scope, const AttemptMac& mac,
                            Result<Verified> verified) {
    if (!verified && verified.error().code == Code::unauthenticated)
        ++wrong_;
    for (Waiter& waiter : waiters_of(mac)) {
        if (!verified) {
            waiter.done(verified.error());
            continue;
        }
        Holder own = verified->holder;
        if (!waiter.shared_device)
            own.shared_for.reset();
        if (verified->need != FactorNeed::none) {
            ++parts_.guards.second_factors_asked;
            waiter.done(asked(scope, {own, verified->need}, waiter.from));
            continue;
        }
        own.session = parts_.issuer.new_session();
        begin(scope, own, std::move(waiter.device), waiter.from, waiter.deadline,
              std::move(waiter.done));
    }
}

Result<PasswordSignIn::Verified>
PasswordSignIn::verified(tenancy::Database& database, const tenancy::TenantScope& scope,
                         PasswordAttempt& attempt, const Guess& guess, Deadline deadline) const {
    GuessLimit& guesses = parts_.guards.guesses;
    auto first = current_credential(database, scope, attempt.username, parts_.revocations,
                                    parts_.clock, deadline);
    if (!first) {
        guesses.let_go(guess);
        return std::move(first).error();
    }
    std::optional<Credential> found = *std::move(first);
    bool good = verify_password(found ? found->password_hash : nobody_hash(), attempt.password);
    Result<std::optional<Credential>> latest;
    if (!good) {
        // A replica may not have the user, or the password, yet. Everybody who is refused costs
        // this second look, so that it does not tell who exists.
        latest = find_credential(database, scope, attempt.username, deadline);
        if (latest && *latest && (!found || (*latest)->password_hash != found->password_hash)) {
            good = verify_password((*latest)->password_hash, attempt.password);
            found = *latest;
        }
    }
    if (good && found) {
        guesses.let_go(guess);
        return Verified{{.user = found->user,
                         .roles = found->roles,
                         .session = {},
                         .epoch = found->epoch,
                         .shared_for = found->shared_for},
                        factor_need(*found)};
    }
    // It was a guess, even if the second look failed: a primary that is away opens nothing.
    guesses.failed(scope, guess, parts_.clock.monotonic());
    if (!latest)
        return std::move(latest).error();
    return fail(Code::unauthenticated, "the user name or the password is wrong");
}

Error PasswordSignIn::asked(const tenancy::TenantScope& scope, const Verified& verified,
                            const Guess& from) const {
    const bool enrolment = verified.need == FactorNeed::enrolment;
    Error error = fail(Code::second_factor_required,
                       enrolment ? "your institution asks its staff for a second factor, and you "
                                   "have none yet: make one with this challenge"
                                 : "show a code of your second factor with this challenge");
    SecondFactorAsked asked{
        .lifetime = std::chrono::duration_cast<std::chrono::milliseconds>(Challenges::lifetime),
        .enrolment = enrolment};
    asked.challenge =
        parts_.guards.challenges.write({.tenant = scope.tenant(),
                                        .user = verified.holder.user,
                                        .epoch = verified.holder.epoch,
                                        .account = from.account,
                                        .device = from.device,
                                        .enrolment = enrolment,
                                        .shared_for = verified.holder.shared_for,
                                        .expires_at = parts_.clock.now() + Challenges::lifetime});
    error.second_factor = std::make_shared<const SecondFactorAsked>(std::move(asked));
    return error;
}

void PasswordSignIn::begin(const tenancy::TenantScope& scope, const Holder& holder,
                           std::string device, const Guess& from, Deadline deadline, Done done) {
    // The next who use a shared device are strangers to the account.
    const bool known = !holder.shared_for;
    const DeviceId id = from.from_stranger() ? rng_.bytes<sizeof(DeviceId)>() : from.device;
    begin_session({parts_.sessions, parts_.tokens, parts_.issuer, parts_.clock, parts_.rules},
                  scope, holder, std::move(device), deadline,
                  [this, account = from.account, id, known,
                   done = std::move(done)](Result<IssuedToken> issued) mutable {
                      if (issued && known)
                          issued->device_token =
                              parts_.guards.devices.write(account, id, parts_.clock.now());
                      if (issued) {
                          ++signed_in_;
                          minutes_.add(parts_.clock.monotonic());
                      }
                      done(std::move(issued));
                  });
}

SignInStatus PasswordSignIn::status() const {
    return {.signed_in = signed_in_,
            .busiest_minute = minutes_.count(parts_.clock.monotonic()),
            .wrong = wrong_,
            .failed = failed_,
            .coalesced = coalesced_};
}

} // namespace bw::auth
