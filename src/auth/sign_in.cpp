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
    {
        std::lock_guard lock(mutex_);
        auto [at, fresh] = attempts_.try_emplace(mac);
        if (at->second.size() >= waiters_limit)
            return done(fail(Code::overloaded, "the same sign-in is under way too often"));
        at->second.push_back(
            {std::move(attempt.device), attempt.shared_device, deadline, std::move(done)});
        if (!fresh) {
            ++coalesced_;
            return;
        }
    }
    const Instant now = parts_.clock.now();
    const Instant arrived =
        tickets_.read(attempt.ticket, scope.tenant(), username, now).value_or(now);
    parts_.lane.submit(
        scope.tenant(), deadline,
        [this, scope, mac, username, arrived, attempt = std::move(attempt),
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
                auto holder = verified(**turn, scope, attempt, deadline);
                sodium_memzero(attempt.password.data(), attempt.password.size());
                if (!holder && fault(holder.error().code) == Fault::retryable) {
                    ++failed_;
                    return finish(scope, mac, keeping_place(std::move(holder).error()));
                }
                return finish(scope, mac, std::move(holder));
            }
            sodium_memzero(attempt.password.data(), attempt.password.size());
            Error refusal = std::move(turn).error();
            finish(scope, mac,
                   refusal.waiting ? keeping_place(std::move(refusal)) : std::move(refusal));
        },
        trace, arrived);
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
                            Result<Holder> holder) {
    if (!holder && holder.error().code == Code::unauthenticated)
        ++wrong_;
    for (Waiter& waiter : waiters_of(mac)) {
        if (!holder) {
            waiter.done(holder.error());
            continue;
        }
        Holder own = *holder;
        own.session = parts_.issuer.new_session();
        if (!waiter.shared_device)
            own.shared_for.reset();
        begin_session({parts_.sessions, parts_.tokens, parts_.issuer, parts_.clock, parts_.rules},
                      scope, own, std::move(waiter.device), waiter.deadline,
                      [this, done = std::move(waiter.done)](Result<IssuedToken> issued) mutable {
                          if (issued) {
                              ++signed_in_;
                              minutes_.add(parts_.clock.monotonic());
                          }
                          done(std::move(issued));
                      });
    }
}

Result<Holder> PasswordSignIn::verified(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, PasswordAttempt& attempt,
                                        Deadline deadline) const {
    auto found = TRY(current_credential(database, scope, attempt.username, parts_.revocations,
                                        parts_.clock, deadline));
    bool good = verify_password(found ? found->password_hash : nobody_hash(), attempt.password);
    if (!good) {
        // A replica may not have the user, or the password, yet. Everybody who is refused costs
        // this second look, so that it does not tell who exists.
        auto latest = TRY(find_credential(database, scope, attempt.username, deadline));
        if (latest && (!found || latest->password_hash != found->password_hash)) {
            good = verify_password(latest->password_hash, attempt.password);
            found = std::move(latest);
        }
    }
    if (!good || !found)
        return fail(Code::unauthenticated, "the user name or the password is wrong");
    return Holder{.user = found->user,
                  .roles = found->roles,
                  .session = {},
                  .epoch = found->epoch,
                  .shared_for = found->shared_for};
}

SignInStatus PasswordSignIn::status() const {
    return {.signed_in = signed_in_,
            .busiest_minute = minutes_.count(parts_.clock.monotonic()),
            .wrong = wrong_,
            .failed = failed_,
            .coalesced = coalesced_};
}

} // namespace bw::auth
